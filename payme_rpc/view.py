"""The strict view answers in Payme's own way whatever aiohttp-jsonrpc would show of itself.

The checks stand in this order: POST, credentials, size and JSON, envelope, method, parameters, business.
Whatever happens, the answer is HTTP 200 with one JSON-RPC envelope (Payme, "Response format").
"""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp_jsonrpc.common import JSONRPCRequest, JSONRPCResponse
from aiohttp_jsonrpc.handler import JSONRPCView

from core import Overloaded, Refusal, TryAgain
from inbound.body import Body, read_body, respond_and_close
from inbound.callers import NOT_RECORDED, accept_caller, count_failed_auth, is_allowed
from inbound.exchange import EXCHANGE, SECRET, About, Exchange, exchange_text
from inbound.short_calls import NeedsRequest, needs_request
from payme_rpc.about import read_about
from payme_rpc.auth import shop_of
from payme_rpc.cash_box import CashBox
from payme_rpc.context import CONTEXT
from payme_rpc.envelope import read_call, read_refused_call
from payme_rpc.errors import ACCOUNT_CODES, FORBIDDEN, METHOD_NOT_FOUND, NOT_POST, PARSE_ERROR, TRY_AGAIN, RpcError
from payme_rpc.rpc_method import is_marked
from schema.values import Provider

log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/json; charset=UTF-8"
HEADERS: Final = {"Content-Type": CONTENT_TYPE}
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

NEW_PAYMENT_METHODS: Final = frozenset({"CheckPerformTransaction"})
"""With these a payment begins. Under overload they are answered with "try again" before anything else is done for them:
to refuse a call must cost less than to serve one."""

STREAMED_METHODS: Final = frozenset({"GetStatement"})
"""Their answers may be too long to be sent in one piece."""

UNKNOWN_METHOD_MAX_CHARACTERS: Final = 100
"""Of an unknown method's name in the answer."""

JOURNALED_METHOD_MAX_CHARACTERS: Final = 64


class StrictView(JSONRPCView):
    def __init__(self, request: web.Request) -> None:
        super().__init__(request)
        self.context = request.app[CONTEXT]
        self.named_box: CashBox | None = self.context.cash_boxes.get(request.match_info.get("shop"))
        self.opened_shop: str | None = self.named_box.shop if self.named_box else None
        """Whose orders the call is about. It is its key that opens them: the shop's, or those of its test mode."""
        self.body = Body()
        self.rpc_id: int | str | None = None
        self.method = ""
        self.about = About()
        self.refusal: Refusal | None = None
        self.is_refused_payment = False
        self.failed_auth = False
        self.journaled_answer: bytes | None = None
        """In place of a streamed answer."""

    @property
    def box(self) -> CashBox:
        """The cash box of the path's shop; there is one, or the credentials would not have been accepted."""
        assert self.named_box is not None
        return self.named_box

    @property
    def shop(self) -> str:
        assert self.opened_shop is not None
        return self.opened_shop

    async def post(self) -> web.StreamResponse:
        response = _response(await self.answer())
        if self.body.failure is not None:
            return await respond_and_close(self.request, response, self.body.failure)
        return response

    async def answer(self) -> bytes | web.StreamResponse:
        """The text of the answer, or what has been sent already."""
        try:
            self.body = await read_body(self.request)
            return self._report(await self._answer())
        except NeedsRequest:
            raise
        except Exception as error:
            return self._report(self._format_error(error, self.rpc_id))

    async def _answer(self) -> JSONRPCResponse:
        try:
            await self.authorize()
            call = self._parse_body(self.body.content)
        except Exception as error:
            if not (_is_forbidden(error) and await self._is_limited()):
                self.rpc_id, self.method, params = read_refused_call(self.body.content)
                self.about = read_about(self.named_box, self.method, params)
            return self._format_error(error, self.rpc_id)
        self.rpc_id, self.method = call["id"], call["method"]
        self.about = read_about(self.named_box, self.method, call.get("params"))
        if self.method in STREAMED_METHODS:
            needs_request(self.request, self.body.content)
        if self.method in NEW_PAYMENT_METHODS:
            self.context.core.admit_new_payment()
        return await self._handle(call)

    async def authorize(self) -> None:
        headers = self.request.headers.getall("Authorization", [])
        opened = shop_of(self.named_box, headers) if self.named_box else None
        if self.named_box is None or opened is None:
            raise RpcError(FORBIDDEN)
        self.opened_shop = opened
        allow_list, limiter = self.named_box.allow_list, self.context.failed_auth
        shop = self.named_box.shop
        if not is_allowed(allow_list, self.request.remote, limiter, Provider.PAYME, shop, has_key=True):
            raise RpcError(FORBIDDEN)
        accept_caller(self.request)

    def _parse_body(self, body: bytes) -> JSONRPCRequest:
        if self.body.failure is not None:
            raise RpcError(PARSE_ERROR)
        return read_call(body)

    async def _handle(self, json_request: JSONRPCRequest) -> JSONRPCResponse:
        """As the library does, which also asks of each method whether it is a coroutine's: ours are."""
        params = json_request.get("params")
        positional = params if isinstance(params, list) else ()
        named = params if isinstance(params, dict) else {}
        try:
            result = await self._lookup_method(json_request["method"])(*positional, **named)
        except Exception as error:
            return self._format_error(error, self.rpc_id)
        return JSONRPCResponse(jsonrpc="2.0", id=self.rpc_id, result=result)

    def _lookup_method(self, method_name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(type(self), self.METHOD_PREFIX + method_name, None)
        if not is_marked(method):
            raise RpcError(METHOD_NOT_FOUND, data=method_name[:UNKNOWN_METHOD_MAX_CHARACTERS])
        bound: Callable[..., Awaitable[Any]] = getattr(self, self.METHOD_PREFIX + method_name)
        return bound

    def _format_error(  # type: ignore[override] # the library's is static; this one knows the cash box
        self, exception: Exception, request_id: int | str | None
    ) -> JSONRPCResponse:
        """The catalogue's error, and nothing of what went wrong inside."""
        error = exception if isinstance(exception, RpcError) else RpcError(TRY_AGAIN)
        if isinstance(exception, Overloaded):
            self.request[NOT_RECORDED] = True
        elif not isinstance(exception, RpcError | TryAgain):
            log.error("call failed", extra={"interface": "payme", **self.about._asdict()}, exc_info=exception)
        self.refusal = error.refusal
        data = self.box.account_field if error.error.code in ACCOUNT_CODES else error.data
        return JSONRPCResponse(jsonrpc="2.0", id=request_id, error=error.error.body(data))

    async def _is_limited(self) -> bool:
        """Whether failed authentication from this address is no longer recorded: its body isn't even parsed."""
        self.failed_auth = True
        return await count_failed_auth(self.request, self.context.failed_auth, Provider.PAYME) > 0

    @classmethod
    def _build_json(cls, data: Any) -> bytes:
        try:
            return orjson.dumps(data)
        except TypeError:  # an id of more than 64 bits is given back as it came, too
            return _ENCODER.encode(data).encode()

    def _report(self, answer: JSONRPCResponse) -> bytes | web.StreamResponse:
        """The answer's text, and its exchange. A long statement has been sent already, and is itself the result."""
        result, code = answer.get("result"), answer.get("error", {}).get("code", 0)
        is_sent = isinstance(result, web.StreamResponse)
        text = b"" if is_sent else self._build_json(answer)
        if NOT_RECORDED not in self.request:
            self.request[EXCHANGE] = Exchange(
                interface=Provider.PAYME,
                shop=self.opened_shop,
                method=self.method[:JOURNALED_METHOD_MAX_CHARACTERS].encode(errors="replace").decode(),
                code=str(code),
                refusal=self.refusal,
                request=_masked(self.body.content),
                answer=exchange_text(self.journaled_answer or text),
                is_refused_payment=self.is_refused_payment,
                about=self.about,
                failed_auth=self.failed_auth,
            )
        return result if isinstance(result, web.StreamResponse) else text


async def refuse_method(request: web.Request) -> web.StreamResponse:
    """Refuses any other HTTP method, with or without credentials (Payme, "General errors")."""
    view = StrictView(request)
    view.method = request.method
    await view._is_limited()
    return _response(view._report(view._format_error(RpcError(NOT_POST), None)))


def _response(answer: bytes | web.StreamResponse) -> web.StreamResponse:
    return web.Response(body=answer, headers=HEADERS) if isinstance(answer, bytes) else answer


def _masked(body: bytes) -> str:
    """The only secret that Payme ever put into a body is a new key, in a method that we don't have."""
    return SECRET if b"ChangePassword" in body else exchange_text(body)


def _is_forbidden(error: Exception) -> bool:
    return isinstance(error, RpcError) and error.error is FORBIDDEN

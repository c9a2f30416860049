"""The strict view: aiohttp-jsonrpc's, with everything that Payme may not see answered in Payme's own way.

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
from inbound.body import Body, BodyFailure, read_body, respond_and_close
from inbound.callers import NOT_RECORDED, count_failed_auth, is_allowed
from inbound.exchange import EXCHANGE, SECRET, Exchange, exchange_text
from payme_rpc.auth import is_payme
from payme_rpc.cash_box import CashBox
from payme_rpc.context import CONTEXT
from payme_rpc.envelope import glimpse, read_call
from payme_rpc.errors import ACCOUNT_CODES, FORBIDDEN, NO_METHOD, NOT_POST, TRY_AGAIN, UNREADABLE, RpcError
from payme_rpc.rpc_method import is_marked
from schema.values import Provider

log = logging.getLogger(__name__)
logging.getLogger("aiohttp_jsonrpc").setLevel(logging.WARNING)  # it would write a line for every call

HEADERS: Final = {"Content-Type": "application/json; charset=UTF-8"}
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

BEGINNINGS: Final = frozenset({"CheckPerformTransaction"})
"""With these a payer begins. When there is too much to do they are told to try again before anything else is done for
them: turning somebody away must cost less than serving somebody."""

LONGEST_NAME: Final = 100
"""Characters of an unknown method's name that are given back."""

LONGEST_JOURNALED_NAME: Final = 64


class StrictView(JSONRPCView):
    def __init__(self, request: web.Request) -> None:
        super().__init__(request)
        self.context = request.app[CONTEXT]
        self.called: CashBox | None = self.context.cash_boxes.get(request.match_info.get("shop"))
        self.body = Body()
        self.rpc_id: int | str | None = None
        self.method = ""
        self.refusal: Refusal | None = None
        self.summary: bytes | None = None
        """What the journal keeps in place of a long answer."""

    @property
    def box(self) -> CashBox:
        """The cash box that is called; there is one, or the credentials would not have fitted."""
        assert self.called is not None
        return self.called

    async def post(self) -> web.StreamResponse:
        try:
            self.body = await read_body(self.request)
            response = self._leave(await self._answer())
        except Exception as error:
            response = self._leave(self._format_error(error, self.rpc_id))
        if self.body.failure is BodyFailure.TOO_SLOW:
            return await respond_and_close(self.request, response)
        return response

    async def _answer(self) -> JSONRPCResponse:
        try:
            await self.authorize()
            call = self._parse_body(self.body.content)
        except Exception as error:
            if not (_is_forbidden(error) and await self._is_one_too_many()):
                self.rpc_id, self.method = glimpse(self.body.content)
            return self._format_error(error, self.rpc_id)
        self.rpc_id, self.method = call["id"], call["method"]
        if self.method in BEGINNINGS and self.context.core.is_overloaded():
            return self._format_error(Overloaded(), self.rpc_id)
        answer: JSONRPCResponse = await self._handle(call)
        return answer

    async def authorize(self) -> None:
        headers = self.request.headers.getall("Authorization", [])
        if self.called is None or not is_payme(self.called, headers):
            raise RpcError(FORBIDDEN)
        allow_list, limiter = self.called.allow_list, self.context.failed_auth
        if not is_allowed(allow_list, self.request.remote, limiter, Provider.PAYME, self.called.shop):
            raise RpcError(FORBIDDEN)

    def _parse_body(self, body: bytes) -> JSONRPCRequest:
        if self.body.failure is not None:
            raise RpcError(UNREADABLE)
        return read_call(body)

    def _lookup_method(self, method_name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(type(self), self.METHOD_PREFIX + method_name, None)
        if not is_marked(method):
            raise RpcError(NO_METHOD, data=method_name[:LONGEST_NAME])
        bound: Callable[..., Awaitable[Any]] = getattr(self, self.METHOD_PREFIX + method_name)
        return bound

    def _format_error(  # type: ignore[override] # the library's is static; this one knows the cash box
        self, exception: Exception, request_id: int | str | None
    ) -> JSONRPCResponse:
        """Says what the catalogue says, and nothing of what went wrong inside."""
        error = exception if isinstance(exception, RpcError) else RpcError(TRY_AGAIN)
        if isinstance(exception, Overloaded):
            self.request[NOT_RECORDED] = True
        elif not isinstance(exception, RpcError | TryAgain):
            log.error("call failed", extra={"interface": "payme"}, exc_info=exception)
        self.refusal = error.refusal
        data = self.box.account_field if error.error.code in ACCOUNT_CODES else error.data
        return JSONRPCResponse(jsonrpc="2.0", id=request_id, error=error.error.told(data))

    async def _is_one_too_many(self) -> bool:
        """Whether nobody is to hear of this caller any more: then the body is not even looked at."""
        return await count_failed_auth(self.request, self.context.failed_auth, Provider.PAYME) > 0

    @classmethod
    def _build_json(cls, data: Any) -> bytes:
        try:
            return orjson.dumps(data)
        except TypeError:  # an id of more than 64 bits is given back as it came, too
            return _ENCODER.encode(data).encode()

    def _leave(self, answer: JSONRPCResponse) -> web.StreamResponse:
        """The response, and what is told of it. A long statement has left already, and is itself the result."""
        result, code = answer.get("result"), answer.get("error", {}).get("code", 0)
        gone = isinstance(result, web.StreamResponse)
        text = b"" if gone else self._build_json(answer)
        if NOT_RECORDED not in self.request:
            self.request[EXCHANGE] = Exchange(
                interface=Provider.PAYME,
                shop=self.called.shop if self.called else None,
                method=self.method[:LONGEST_JOURNALED_NAME].encode(errors="replace").decode(),
                code=str(code),
                refusal=self.refusal,
                request=_masked(self.body.content),
                answer=exchange_text(self.summary or text),
            )
        return result if isinstance(result, web.StreamResponse) else web.Response(body=text, headers=HEADERS)


async def only_post(request: web.Request) -> web.StreamResponse:
    """Any other HTTP method is told so, with or without credentials (Payme, "General errors")."""
    view = StrictView(request)
    view.method = request.method
    await view._is_one_too_many()
    return view._leave(view._format_error(RpcError(NOT_POST), None))


def _masked(body: bytes) -> str:
    """The only secret that Payme ever put into a body is a new key, in a method that we don't have."""
    return SECRET if b"ChangePassword" in body else exchange_text(body)


def _is_forbidden(error: Exception) -> bool:
    return isinstance(error, RpcError) and error.error is FORBIDDEN

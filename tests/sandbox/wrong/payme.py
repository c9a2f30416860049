"""Payme's interface of the deliberately wrong gateway: who calls, what is asked; HTTP 200 unless a fault says so."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from tests.sandbox.wrong.errors import Crash, Refused
from tests.sandbox.wrong.payme_distortions import ENVELOPES, ERRORS, RESULTS
from tests.sandbox.wrong.payme_methods import Methods
from tests.sandbox.wrong.payme_orders import UNFIT
from tests.sandbox.wrong.store import Store

LONGEST: Final = 64 * 1024
TYPE: Final = {"Content-Type": "application/json; charset=UTF-8"}


class Payme:
    def __init__(self, store: Store, key: str, wrong: Callable[[str], bool]) -> None:
        self.key, self.wrong = key.encode(), wrong
        self.called: Counter[tuple[str, str]] = Counter()
        methods = Methods(store, wrong)
        self.methods: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]] = {
            "CheckPerformTransaction": methods.check_perform_transaction,
            "CreateTransaction": methods.create_transaction,
            "PerformTransaction": methods.perform_transaction,
            "CancelTransaction": methods.cancel_transaction,
            "CheckTransaction": methods.check_transaction,
            **({} if wrong("statement_missing") else {"GetStatement": methods.get_statement}),
            **({} if wrong("fiscal_missing") else {"SetFiscalData": methods.set_fiscal_data}),
        }

    async def handle(self, request: web.Request) -> web.Response:
        try:
            return await self._handle(request)
        except Crash as crash:
            page = "<!doctype html><title>Server Error</title>" if crash.content_type == "text/html" else "failed"
            headers = {"Location": f"{request.path.rstrip('/')}/"} if crash.status == 301 else {}
            return web.Response(status=crash.status, text=page, content_type=crash.content_type, headers=headers)

    async def _handle(self, request: web.Request) -> web.Response:
        self._transport(request)
        if request.method != "POST":
            return self._error(None, Refused(-32300))
        body = await request.read()
        call, fault = self._read(body)
        rpc_id, method = (call.get("id"), call.get("method")) if isinstance(call, dict) else (None, None)
        rpc_id = rpc_id if isinstance(rpc_id, int | str) and not isinstance(rpc_id, bool) else None
        if self.wrong("method_before_key") and isinstance(method, str) and method not in self.methods:
            return self._error(rpc_id, Refused(-32601, method))
        if not self._knows(request) and not (method == "GetStatement" and self.wrong("statement_unlocked")):
            if self.wrong("auth_401"):
                raise Crash(401)
            return self._error(rpc_id, Refused(-32504))
        return await self._call(call, rpc_id, fault)

    def _transport(self, request: web.Request) -> None:
        if self.wrong("always_redirects") or (self.wrong("slash_redirects") and request.path.endswith("/")):
            raise Crash(301)
        if self.wrong("get_405") and request.method != "POST":
            raise Crash(405)
        if self.wrong("text_json_415") and request.content_type == "text/json":
            raise Crash(415)

    def _read(self, body: bytes) -> tuple[Any, Refused | None]:
        if len(body) > LONGEST:
            if self.wrong("big_body_413"):
                raise Crash(413)
            return None, Refused(-32700)
        try:
            return _json(body), None
        except (ValueError, RecursionError):
            return None, Refused(-32700)

    def _knows(self, request: web.Request) -> bool:
        """One header, the scheme in any case, the login, and the whole key."""
        if self.wrong("any_key"):
            return True
        headers = request.headers.getall("Authorization", [])
        scheme, _, value = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
        try:
            login, colon, key = base64.b64decode(value.encode(), validate=True).partition(b":")
            if self.wrong("auth_crashes"):
                key.decode()
                login.decode()
        except binascii.Error:
            return False
        except UnicodeDecodeError:
            raise Crash from None
        known = login == b"Paycom" or self.wrong("any_login")
        return scheme.lower() == "basic" and known and bool(colon) and self._fits(key)

    def _fits(self, key: bytes) -> bool:
        if self.wrong("key_lost"):
            return False
        if self.wrong("key_after_last_colon"):
            key = key.rpartition(b":")[2]
        if self.wrong("empty_key") and not key:
            return True
        return key.startswith(self.key) if self.wrong("key_prefix") else key == self.key

    async def _call(self, call: Any, rpc_id: int | str | None, fault: Refused | None) -> web.Response:
        if fault is not None:
            if self.wrong("bad_json_400"):
                raise Crash(400)
            return self._error(rpc_id, Refused(-32600) if self.wrong("bad_json_invalid") else fault)
        if isinstance(call, list) and self.wrong("batch_500"):
            raise Crash
        if not isinstance(call, dict) or not isinstance(call.get("method"), str) or UNFIT.search(call["method"]):
            return self._error(rpc_id, Refused(-32600))
        if (rpc_id is None and call.get("id") is not None) or (isinstance(rpc_id, str) and UNFIT.search(rpc_id)):
            return self._error(None, Refused(-32600))
        return await self._answer(call, rpc_id)

    async def _answer(self, call: Mapping[str, Any], rpc_id: int | str | None) -> web.Response:
        method, params = call["method"], call.get("params")
        if method not in self.methods:
            if self.wrong("method_405"):
                raise Crash(405)
            return self._error(rpc_id, Refused(-32601, method))
        if not isinstance(params, dict):
            if self.wrong("params_500"):
                raise Crash
            return self._error(rpc_id, Refused(-32600))
        if self.wrong("throttles"):
            self._throttle(method, params)
        try:
            result = dict(await self.methods[method](params))
        except Refused as no:
            return self._error(rpc_id, no, params)
        return self._tell({"id": rpc_id, "result": self._distorted(RESULTS, result)})

    def _throttle(self, method: str, params: Mapping[str, Any]) -> None:
        """Ten times the same of one transaction is enough."""
        called = (method, str(params.get("id", "")))
        self.called[called] += 1
        if called[1] and self.called[called] > 10:
            raise Crash(429)

    def _error(self, rpc_id: int | str | None, no: Refused, params: Mapping[str, Any] | None = None) -> web.Response:
        error = no.to_json()
        for fault, distort in ERRORS.items():
            error = distort(error, params or {}) if self.wrong(fault) else error
        return self._tell({"id": rpc_id, "error": error})

    def _distorted(
        self, distortions: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]], value: dict[str, Any]
    ) -> Any:
        for fault, distort in distortions.items():
            value = distort(value) if self.wrong(fault) else value
        return value

    def _tell(self, answer: dict[str, Any]) -> web.Response:
        text = json.dumps({"jsonrpc": "2.0", **self._distorted(ENVELOPES, answer)}, ensure_ascii=False)
        return web.Response(body=text.encode(errors="replace"), headers=TYPE)


def _json(body: bytes) -> Any:
    """No NaN, no field twice, no number longer than Python reads."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a field came twice")
        return dict(pairs)

    def never(name: str) -> None:
        raise ValueError(name)

    return json.loads(body.decode(), object_pairs_hook=once, parse_constant=never)

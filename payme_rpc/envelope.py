"""Reads the JSON-RPC envelope: a method, its parameters and an id (Payme, "Request format")."""

from typing import Any, Final, cast

from aiohttp_jsonrpc.common import JSONRPCRequest

from inbound.strict_json import NUL_OR_SURROGATE, JsonError, StrictJson, unstorable_paths, whole_or_infinite
from payme_rpc.errors import INVALID_REQUEST, PARSE_ERROR, RpcError

_JSON: Final = StrictJson(whole=whole_or_infinite, fraction=float)


def read_call(body: bytes) -> JSONRPCRequest:
    """One call: an object with a method and, if any, an id. Whether the method exists is checked later.

    `jsonrpc` is neither required nor refused; a batch is not a call.
    """
    try:
        call = _JSON.parse(body)
    except JsonError:
        raise RpcError(PARSE_ERROR) from None
    if not isinstance(call, dict) or not isinstance(call.get("method"), str):
        raise RpcError(INVALID_REQUEST)
    if not is_id(call.setdefault("id", None)):
        raise RpcError(INVALID_REQUEST)
    if b"\\u" in body and not _storable(call):
        raise RpcError(INVALID_REQUEST)
    return cast(JSONRPCRequest, call)


def read_refused_call(body: bytes) -> tuple[int | str | None, str, Any]:
    """The id, the method and the parameters of a call that is refused, as far as they can be read."""
    try:
        call = _JSON.parse(body)
    except JsonError:
        return None, "", None
    if not isinstance(call, dict):
        return None, "", None
    rpc_id, method = call.get("id"), call.get("method")
    return rpc_id if is_id(rpc_id) else None, method if isinstance(method, str) else "", call.get("params")


def is_id(value: object) -> bool:
    """A string, a whole number or nothing; it is given back as it came."""
    if isinstance(value, str):
        return not NUL_OR_SURROGATE.search(value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _storable(call: dict[str, Any]) -> bool:
    """Without the account's values: what is wrong with them has a code of its own."""
    return next(unstorable_paths(_without_account(call)), None) is None


def _without_account(call: dict[str, Any]) -> dict[str, Any]:
    params = call.get("params")
    if not isinstance(params, dict) or "account" not in params:
        return call
    account = params["account"]
    names = list(account) if isinstance(account, dict) else None
    return {**call, "params": {**params, "account": names}}

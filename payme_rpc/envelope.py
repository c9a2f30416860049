"""Reads what was sent: bytes to JSON without guessing, and an envelope that holds a call."""

from typing import Any, Final, cast

from aiohttp_jsonrpc.common import JSONRPCRequest

from inbound.strict_json import NUL_OR_SURROGATE, JsonError, StrictJson, unstorable_paths, whole_or_infinite
from payme_rpc.errors import INVALID, UNREADABLE, RpcError

_JSON: Final = StrictJson(whole=whole_or_infinite, fraction=float)


def read_call(body: bytes) -> JSONRPCRequest:
    """One call: an object with a method and, if any, an id. Whether the method exists is asked later.

    `jsonrpc` is neither required nor refused; a batch is not a call (Payme, "Request format").
    """
    try:
        call = _JSON.parse(body)
    except JsonError:
        raise RpcError(UNREADABLE) from None
    if not isinstance(call, dict) or not isinstance(call.get("method"), str):
        raise RpcError(INVALID)
    if not is_id(call.setdefault("id", None)):
        raise RpcError(INVALID)
    if b"\\u" in body and not _storable(call):
        raise RpcError(INVALID)
    return cast(JSONRPCRequest, call)


def glimpse(body: bytes) -> tuple[int | str | None, str]:
    """The id and the method of a call that cannot be taken, as far as they can be made out."""
    try:
        call = _JSON.parse(body)
    except JsonError:
        return None, ""
    if not isinstance(call, dict):
        return None, ""
    rpc_id, method = call.get("id"), call.get("method")
    return rpc_id if is_id(rpc_id) else None, method if isinstance(method, str) else ""


def is_id(value: object) -> bool:
    """A string, a whole number or nothing; it is given back as it came."""
    if isinstance(value, str):
        return not NUL_OR_SURROGATE.search(value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _storable(call: dict[str, Any]) -> bool:
    """Without the account's values, whose faults have a code of their own."""
    return next(unstorable_paths(_without_account(call)), None) is None


def _without_account(call: dict[str, Any]) -> dict[str, Any]:
    params = call.get("params")
    if not isinstance(params, dict) or "account" not in params:
        return call
    account = params["account"]
    names = list(account) if isinstance(account, dict) else None
    return {**call, "params": {**params, "account": names}}

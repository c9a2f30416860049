"""Reads what was sent: bytes to JSON without guessing, and an envelope that holds a call."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, cast

from aiohttp_jsonrpc.common import JSONRPCRequest

from payme_rpc.errors import INVALID, UNREADABLE, RpcError

LONGEST_NUMBER: Final = 400
"""Digits. What is longer becomes an infinite float, which no field takes; `int` itself gives up at 4,300."""

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: legal in JSON's escapes, in no PostgreSQL text."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field came twice")
    return fields


def _finite(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.inf


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_finite, parse_int=_whole)


def parse(body: bytes) -> Any:
    """JSON in UTF-8 and nothing else: no NaN, no field twice, no nesting beyond measure."""
    try:
        return _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise RpcError(UNREADABLE) from None


def read_call(body: bytes) -> JSONRPCRequest:
    """One call: an object with a method and, if any, an id. Whether the method exists is asked later.

    `jsonrpc` is neither required nor refused; a batch is not a call (Payme, "Request format").
    """
    call = parse(body)
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
        call = parse(body)
    except RpcError:
        return None, ""
    if not isinstance(call, dict):
        return None, ""
    rpc_id, method = call.get("id"), call.get("method")
    return rpc_id if is_id(rpc_id) else None, method if isinstance(method, str) else ""


def is_id(value: object) -> bool:
    """A string, a whole number or nothing; it is given back as it came."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _storable(call: dict[str, Any]) -> bool:
    """Without the account's values, whose faults have a code of their own."""
    return not any(UNSTORABLE.search(text) for text in _texts(_without_account(call)))


def _without_account(call: dict[str, Any]) -> dict[str, Any]:
    params = call.get("params")
    if not isinstance(params, dict) or "account" not in params:
        return call
    account = params["account"]
    names = list(account) if isinstance(account, dict) else None
    return {**call, "params": {**params, "account": names}}


def _texts(value: Any) -> Iterator[str]:
    """Every key and every text, without recursion: the nesting is the sender's."""
    rest = [value]
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            rest.extend(value)
        elif isinstance(value, dict):
            yield from value
            rest.extend(value.values())

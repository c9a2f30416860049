"""Makes one HTTP request out of a step of Payme's suite, with what is unusual about it.

A step's `how`: `auth` (a name of payme_auth.HEADERS), `verb` (GET), `raw` (the body as bytes), `envelope` (the body as
JSON), `id` (the rpc id; NO_ID leaves it out), `jsonrpc` (True adds "2.0"), `content_type` (None for none),
`path` (what is added to the URL's path), `whole` (read by the judge).
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from yarl import URL

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Said, resolve
from tiyin_sandbox.payme.auth import Credentials

CONTENT_TYPE: Final = "text/json; charset=UTF-8"
"""As Payme sends it (Payme, "Request format")."""

NO_ID: Final = "(no id)"
LONGEST_SHOWN: Final = 2_000


@dataclass(frozen=True, slots=True)
class PaymeRequest:
    verb: str
    url: URL
    headers: dict[str, str]
    body: bytes
    id: Any
    """The rpc id, None if there is none that could come back."""
    shown: str
    """For people: without the key."""


def build(url: str, credentials: Credentials, step: Step, said: Said, number: int) -> PaymeRequest:
    how = step.how
    rpc_id = how.get("id", number)
    body = _body(step, said, rpc_id)
    where = _where(url, how.get("path", ""))
    verb = how.get("verb", "POST")
    content_type = how.get("content_type", CONTENT_TYPE)
    shown = {} if content_type is None else {"Content-Type": content_type}
    headers = dict(shown)
    header = credentials.header(how.get("auth", "right"))
    if header is not None:
        headers["Authorization"], shown["Authorization"] = header
    known = None if rpc_id == NO_ID or "raw" in how or "envelope" in how else rpc_id
    return PaymeRequest(verb, where, headers, body, known, _shown(verb, where, shown, body))


def _body(step: Step, said: Said, rpc_id: Any) -> bytes:
    how = step.how
    if "raw" in how:
        return bytes(how["raw"])
    if "envelope" in how:
        envelope: str = json.dumps(resolve(how["envelope"], said))
        return envelope.encode()
    call: dict[str, Any] = {"jsonrpc": "2.0"} if how.get("jsonrpc") else {}
    call |= {"method": step.call, "params": resolve(step.params, said)}
    if rpc_id != NO_ID:
        call["id"] = rpc_id
    return json.dumps(call).encode()


def _where(url: str, more: str) -> URL:
    """`/` is the path with its trailing slash changed: added, or taken away."""
    where = URL(url)
    if more == "/":
        path = where.raw_path
        return where.with_path(path[:-1] if path.endswith("/") and path != "/" else path + "/", encoded=True)
    return where


def _shown(verb: str, where: URL, headers: dict[str, str], body: bytes) -> str:
    lines = [f"{verb} {where}", *[f"{name}: {value}" for name, value in headers.items()]]
    text = body[:LONGEST_SHOWN].decode(errors="backslashreplace")
    more = f"… ({len(body)} bytes)" if len(body) > LONGEST_SHOWN else ""
    return "\n".join([*lines, "", text + more]).rstrip()

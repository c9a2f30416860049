"""Makes one HTTP request out of a step of Payme's suite, with what is unusual about it.

A step's `options`: `auth` (a name of auth.HEADERS), `verb` (GET), `raw` (the body as bytes), `envelope` (the body as
JSON), `id` (the rpc id; NO_ID leaves it out), `jsonrpc` (True adds "2.0"), `content_type` (None for none),
`other_slash` (True: the URL's trailing slash added, or taken away), and what the verification reads: `whole`, `data`,
`hides`.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from yarl import URL

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Placeholders, substitute
from tiyin_sandbox.payme.auth import Credentials

CONTENT_TYPE: Final = "text/json; charset=UTF-8"
"""As Payme sends it (Payme, "Request format")."""

NO_ID: Final = "(no id)"
SHOWN_MAX_BYTES: Final = 2_000


@dataclass(frozen=True, slots=True)
class PaymeRequest:
    verb: str
    url: URL
    headers: dict[str, str]
    body: bytes
    id: Any
    """The rpc id, None if there is none that could come back."""
    display_text: str
    """For people: without the key."""


def build(url: str, credentials: Credentials, step: Step, placeholders: Placeholders, number: int) -> PaymeRequest:
    options = step.options
    rpc_id = options.get("id", number)
    body = _body(step, placeholders, rpc_id)
    target = _target(url, other_slash=bool(options.get("other_slash")))
    verb = options.get("verb", "POST")
    content_type = options.get("content_type", CONTENT_TYPE)
    shown_headers = {} if content_type is None else {"Content-Type": content_type}
    headers = dict(shown_headers)
    header = credentials.header(options.get("auth", "right"))
    if header is not None:
        headers["Authorization"], shown_headers["Authorization"] = header
    known = None if rpc_id == NO_ID or "raw" in options or "envelope" in options else rpc_id
    return PaymeRequest(verb, target, headers, body, known, _display_text(verb, target, shown_headers, body))


def _body(step: Step, placeholders: Placeholders, rpc_id: Any) -> bytes:
    options = step.options
    if "raw" in options:
        return bytes(options["raw"])
    if "envelope" in options:
        envelope: str = json.dumps(substitute(options["envelope"], placeholders))
        return envelope.encode()
    call: dict[str, Any] = {"jsonrpc": "2.0"} if options.get("jsonrpc") else {}
    call |= {"method": step.call, "params": substitute(step.params, placeholders)}
    if rpc_id != NO_ID:
        call["id"] = rpc_id
    return json.dumps(call).encode()


def _target(url: str, *, other_slash: bool) -> URL:
    target = URL(url)
    if not other_slash:
        return target
    path = target.raw_path
    return target.with_path(path[:-1] if path.endswith("/") and path != "/" else path + "/", encoded=True)


def _display_text(verb: str, target: URL, headers: dict[str, str], body: bytes) -> str:
    lines = [f"{verb} {target}", *[f"{name}: {value}" for name, value in headers.items()]]
    text = body[:SHOWN_MAX_BYTES].decode(errors="backslashreplace")
    suffix = f"… ({len(body)} bytes)" if len(body) > SHOWN_MAX_BYTES else ""
    return "\n".join([*lines, "", text + suffix]).rstrip()

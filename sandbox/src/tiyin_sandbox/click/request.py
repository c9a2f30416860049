"""Makes one form out of a step of Click's suites, signed as Click signs, with what is unusual about it.

A step's `options`: `key` ("wrong" signs with another secret), `sign` (a name of SIGNATURES, or None: no such key),
`url` ("other": of the other call; "/": its trailing slash changed), `raw` (the body as bytes), `more` (bytes after the
fields), `content_type`, `headers`, and what the verification reads: `tool`, `whole`, `without`, `before`.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from yarl import URL

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Placeholders, substitute

ACTIONS: Final = {"Prepare": "0", "Complete": "1"}
CONTENT_TYPE: Final = "application/x-www-form-urlencoded"
SHOWN_MAX_CHARACTERS: Final = 200

DEFAULTS: Final[Mapping[str, Any]] = {
    "click_trans_id": "$trans",
    "service_id": "$service",
    "merchant_trans_id": "$order",
    "merchant_prepare_id": "",
    "amount": "$amount",
    "action": "0",
    "error": "0",
    "error_note": "Ok",
    "sign_time": "$time",
    "sign_string": "",
    "click_paydoc_id": "$paydoc",
}
"""In the order of Click's desktop test program (Click, "SHOP API", request fields)."""

SIGNATURES: Final[Mapping[str, Callable[[str], str]]] = {
    "right": str,
    "upper": str.upper,
    "empty": lambda signature: "",
    "of another length": lambda signature: signature[:-1],
}


@dataclass(frozen=True, slots=True)
class ClickService:
    """One gateway as Click knows it. The two addresses may be one."""

    prepare_url: str
    complete_url: str
    service_id: int
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClickRequest:
    url: URL
    headers: dict[str, str]
    body: bytes
    fields: Mapping[str, str]
    display_text: str
    """For people: the signature cut short, so that nobody can send the call again."""


def build(service: ClickService, step: Step, placeholders: Placeholders) -> ClickRequest:
    form = fields(service, step, placeholders)
    body = bytes(step.options["raw"]) if "raw" in step.options else urlencode(form).encode() + _more(step)
    headers = {"Content-Type": step.options.get("content_type", CONTENT_TYPE)} | dict(step.options.get("headers", {}))
    url = _target(service, step)
    display_text = _raw_display_text(body) if "raw" in step.options else _display_text(form, _more(step))
    return ClickRequest(url, headers, body, form, "\n".join([f"POST {url}", *_lines(headers), "", display_text]))


def fields(service: ClickService, step: Step, placeholders: Placeholders) -> dict[str, str]:
    """Return all fields as text; one that is None is left out."""
    usual = dict(DEFAULTS) | {"action": ACTIONS[step.call]}
    if step.call == "Complete":
        usual["merchant_prepare_id"] = "$prepare"
    chosen = usual | dict(step.params)
    form = {name: _text(substitute(value, placeholders)) for name, value in chosen.items() if value is not None}
    signature = step.options.get("sign", "right")
    if signature is None:
        form.pop("sign_string")
    elif "sign_string" in form:
        form["sign_string"] = SIGNATURES[signature](sign(form, _secret(service, step)))
    return form


def sign(form: Mapping[str, str], secret: str) -> str:
    """Sign the texts as they stand, with the prepare id only where Click completes (Click, "SHOP API", signature)."""
    names = ["merchant_trans_id", "amount", "action", "sign_time"]
    if form.get("action") == ACTIONS["Complete"]:
        names.insert(1, "merchant_prepare_id")
    head = form.get("click_trans_id", "") + form.get("service_id", "") + secret
    text = head + "".join(form.get(name, "") for name in names)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _secret(service: ClickService, step: Step) -> str:
    """The wrong secret is the right one with something after it, as in Click's desktop test program."""
    return service.secret + ("wrong" if step.options.get("key") == "wrong" else "")


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _target(service: ClickService, step: Step) -> URL:
    urls = [service.prepare_url, service.complete_url]
    which = step.options.get("url")
    url = URL(urls[(step.call == "Complete") ^ (which == "other")])
    if which != "/":
        return url
    path = url.raw_path
    slashed = path.rstrip("/") if path.endswith("/") and path != "/" else path + "/"
    return url.with_path(slashed, encoded=True, keep_query=True)


def _lines(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _more(step: Step) -> bytes:
    return b"&" + step.options["more"] if "more" in step.options else b""


def _display_text(form: Mapping[str, str], more: bytes) -> str:
    masked = dict(form)
    if masked.get("sign_string"):
        masked["sign_string"] = masked["sign_string"][:8] + "…"
    lines = [f"{name}={_short(value)}" for name, value in masked.items()]
    return "\n".join([*lines, *([_raw_display_text(more)] if more else [])])


def _raw_display_text(body: bytes) -> str:
    return _short(body.decode(errors="backslashreplace"))


def _short(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)
    return plain if len(plain) <= SHOWN_MAX_CHARACTERS else f"{plain[:SHOWN_MAX_CHARACTERS]}… ({len(text)} characters)"

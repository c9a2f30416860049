"""Reads a call's body as a form, and masks it for the journal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from aiohttp import web

from click_http.wire import OF_CLICK, STRICT
from inbound.body import BodyFailure, read_body
from inbound.exchange import SECRET, exchange_text

FIELDS_MAX: Final = 64

_SIGNATURE: Final = re.compile(r"(?<![^&])sign_string=[^&]*")
_LIKE_A_SIGNATURE: Final = re.compile(r"[0-9A-Fa-f]{32}")


@dataclass(frozen=True, slots=True)
class FormBody:
    """What could be read; `fields` is None where it is no form."""

    text: str = ""
    fields: Mapping[str, str] | None = None
    failure: BodyFailure | None = None
    """The body could not be read to its end, and the connection is of no use any more."""


async def read_form(request: web.Request) -> FormBody:
    body = await read_body(request)
    if body.failure is not None:
        return FormBody(failure=body.failure)
    return FormBody(body.content.decode("utf-8", "replace"), parse_form(body.content))


def parse_form(raw: bytes) -> Mapping[str, str] | None:
    """Return the fields, whatever the Content-Type says; None if a field of Click's is unclear, or there are too many.

    Strict on what is signed or used and on nothing else (Click, "SHOP API", request fields): of a debit's call nothing
    may be refused that plays no part.
    """
    pieces = [piece for piece in raw.split(b"&") if piece]
    if len(pieces) > FIELDS_MAX:
        return None
    fields: dict[str, str] = {}
    for piece in pieces:
        name_sent, _, value = piece.partition(b"=")
        name = _unescaped(name_sent).decode("utf-8", "replace")
        if name in fields and name in OF_CLICK:
            return None  # which one is signed?
        try:
            fields[name] = _unescaped(value).decode("utf-8", "strict" if name in STRICT else "replace")
        except UnicodeError:
            return None
    return fields


def _unescaped(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def masked(text: str) -> str:
    """As the journal may keep it: without the signature, which anybody who holds it could send again.

    Where it does not stand under its plain name (escaped, or the body is no form), everything of its shape is masked.
    """
    masked_text, count = _SIGNATURE.subn(f"sign_string={SECRET}", text)
    return exchange_text(masked_text if count else _LIKE_A_SIGNATURE.sub(SECRET, text))

"""The body of a call: read within bounds, taken apart as a form, and masked for the journal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from inbound.body import BodyFailure, read_body
from inbound.exchange import SECRET, exchange_text

MAX_FIELDS: Final = 64

_SIGNATURE: Final = re.compile(r"(?<![^&])sign_string=[^&]*")
_LIKE_A_SIGNATURE: Final = re.compile(r"[0-9A-Fa-f]{32}")


@dataclass(frozen=True, slots=True)
class FormBody:
    """What could be read of a call; `fields` is none where it is no form."""

    text: str = ""
    fields: Mapping[str, str] | None = None
    broken_off: bool = False
    """Too slow or damaged: the rest will not come, and the connection is of no use any more."""


async def read(request: web.Request) -> FormBody:
    body = await read_body(request)
    if body.failure is not None:
        return FormBody(broken_off=body.failure is not BodyFailure.TOO_LARGE)
    return FormBody(body.content.decode("utf-8", "replace"), fields(body.content))


def fields(raw: bytes) -> Mapping[str, str] | None:
    """Whatever the Content-Type says: Click sends forms. None if it is not UTF-8, too long, or says something twice."""
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def masked(text: str) -> str:
    """As the journal may keep it: without the signature, which whoever holds it could send again.

    Where it is not found under its plain name (escaped, or the body is no form), whatever has its shape goes.
    """
    without, found = _SIGNATURE.subn(f"sign_string={SECRET}", text)
    return exchange_text(without if found else _LIKE_A_SIGNATURE.sub(SECRET, text))

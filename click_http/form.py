"""Reads a call's body as a form, and masks it for the journal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

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
    is_cut_off: bool = False
    """Too slow or damaged: the rest will not come, and the connection is of no use any more."""


async def read_form(request: web.Request) -> FormBody:
    body = await read_body(request)
    if body.failure is not None:
        return FormBody(is_cut_off=body.failure is not BodyFailure.TOO_LARGE)
    return FormBody(body.content.decode("utf-8", "replace"), parse_form(body.content))


def parse_form(raw: bytes) -> Mapping[str, str] | None:
    """The fields, whatever the Content-Type says. None if the form is not UTF-8, has too many fields or one twice."""
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def masked(text: str) -> str:
    """As the journal may keep it: without the signature, which anybody who holds it could send again.

    Where it does not stand under its plain name (escaped, or the body is no form), everything of its shape is masked.
    """
    masked_text, count = _SIGNATURE.subn(f"sign_string={SECRET}", text)
    return exchange_text(masked_text if count else _LIKE_A_SIGNATURE.sub(SECRET, text))

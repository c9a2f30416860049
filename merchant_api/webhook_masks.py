"""Hides what the journal may not hold of the calls about webhooks: secrets, and all of a URL but its host."""

import re
from typing import Any, Final

import orjson

from inbound.exchange import SECRET

PREFIX: Final = "/api/v1/webhooks"

ORIGIN: Final = re.compile(r"https?://[^/?#@\\\s]+(?=[/?#]|$)", re.IGNORECASE)
"""Shops put tokens into the rest, whether in the path or in the query."""


def masked(text: str) -> str:
    """Return the body as the journal may have it; nothing of one that is no JSON: nobody knows what it holds."""
    if not text.strip():
        return text
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return SECRET
    return orjson.dumps(_masked(document)).decode()


def masked_url(url: str) -> str:
    origin = ORIGIN.match(url)
    if origin is None:
        return SECRET
    return url if url == origin[0] else f"{origin[0]}/{SECRET}"


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked_field(name, inner) for name, inner in value.items()}
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _masked_field(name: str, value: Any) -> Any:
    if name == "secret":
        return SECRET
    return masked_url(value) if name == "url" and isinstance(value, str) else _masked(value)

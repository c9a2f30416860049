"""What failed authentications leave in the journal and the log is cut short, and its size on the disk is estimated."""

from typing import Final

import orjson

from gateway.observability.journal import Entry
from gateway.observability.storable_text import storable
from inbound.exchange import About

CALLER_MAX_BYTES: Final = 512
"""Of what the caller sent: in the row of the journal and, as far as it names them, in the line of the log."""

ACCOUNT_MAX_BYTES: Final = 256
"""As long as an account may be, where it is of one byte a character: calls are looked for by it."""

NAME_MAX_BYTES: Final = 64
"""Of a method, an external id. With all names as long as they may be a part of the request still has room."""

ROW_BYTES: Final = 192
"""Of a row beyond its texts, with its entries in the indexes of numbers and times: 130 to 165 were measured."""

INDEX_BYTES: Final = 24
"""Of an entry in the index of accounts beyond its text. That index is filled in no order, so half of it is empty."""

LINE_BYTES: Final = 300
"""Of a line beyond its texts: its names, its numbers, its time."""


def cut_entry(entry: Entry) -> Entry:
    """Cut what the caller sent: the names first, for they are looked for; then the request; then the answer, which may
    repeat its words. What the answer was is known by its code."""
    exchange = entry.exchange
    method = cut_text(exchange.method, NAME_MAX_BYTES)
    account, external_id = exchange.about
    about = About(
        account and cut_text(account, ACCOUNT_MAX_BYTES), external_id and cut_text(external_id, NAME_MAX_BYTES)
    )
    names = (entry.correlation_id, method, *about)
    room = CALLER_MAX_BYTES - sum(_size(name or "") for name in names)
    request = cut_text(exchange.request, room)
    answer = cut_text(exchange.answer, room - _size(request))
    return entry._replace(exchange=exchange._replace(method=method, request=request, answer=answer, about=about))


def cut_text(text: str, size: int) -> str:
    """As much of the text as has room in so many bytes, masked before it is cut: of a number's half nobody knows what
    it was."""
    return storable(text).encode()[:size].decode(errors="ignore")


def entry_bytes(entry: Entry) -> int:
    """What the journal's row and the line of the log will take on the disk."""
    exchange = entry.exchange
    account, external_id = exchange.about
    about = account or external_id or ""
    texts = (exchange.method, exchange.request, exchange.answer, about, entry.remote or "", entry.correlation_id)
    row = ROW_BYTES + sum(map(_size, texts))
    index = 2 * (INDEX_BYTES + _size(about)) if about else 0
    return row + index + line_bytes(exchange.method, account, external_id, entry.remote, entry.correlation_id)


def line_bytes(*values: str | None) -> int:
    """What a line of the log with these values will take on the disk."""
    return LINE_BYTES + len(orjson.dumps(values))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())

"""An order's line is a JSON object with all rows that the tables have of it, card numbers masked."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import DateTime, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from core import OrderPiece
from gateway.observability.masking import without_cards
from schema.tables import orders, outbox, payments, transitions
from schema.test_mode import split

Line = dict[str, Any]
Convert = Callable[[Any], Any]

OURS: Final = frozenset({"shop", "fingerprint", "correlation_id"})
"""Texts in which no payer types."""

PAYME_ID: Final = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{24}")
"""A payment's id as Payme makes them: its registry names payments by it. In one of a hundred are such digits as a card
could have.
"""


def order_line(piece: OrderPiece) -> Line:
    """Make the line's object. `order` is null where the line goes on with the order of the line before."""
    shop, test = split(piece.shop)
    return {
        "order_id": piece.order_id,
        "shop": shop,
        "test": test,
        "order": None if piece.order is None else _fields(orders, piece.order),
        "payments": [_fields(payments, row) for row in piece.payments],
        "transitions": [_fields(transitions, row) for row in piece.transitions],
        "events": [_fields(outbox, row) for row in piece.events],
    }


def line_bytes(line: Line) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def exact_moment(at: datetime) -> str:
    """Write as ISO 8601 in UTC, to the microsecond, with a Z: as exactly as the tables have it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _fields(table: Table, row: Mapping[str, Any]) -> Line:
    line: Line = {}
    for name, convert in CONVERSIONS[table.name]:
        value = row[name]
        line[name] = value if value is None or convert is None else convert(value)
    return line


def masked_json(document: str) -> orjson.Fragment:
    """Mask as the journal does, and leave JSON; where nothing is masked it is the text to the letter."""
    if without_cards(document) == document:
        return orjson.Fragment(document)
    masked = orjson.dumps(_masked(json.loads(document, parse_int=_masked_number, parse_float=_masked_number))).decode()
    if without_cards(masked) != masked:  # parts of a number in several places
        masked = orjson.dumps({"masked": without_cards(document)}).decode()
    return orjson.Fragment(masked)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {without_cards(key): _masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return without_cards(value) if isinstance(value, str) else value


def _masked_number(digits: str) -> str | orjson.Fragment:
    masked = without_cards(digits)
    return orjson.Fragment(digits) if masked == digits else masked


def masked_id(external_id: str) -> str:
    return external_id if PAYME_ID.fullmatch(external_id) else without_cards(external_id)


def _conversion(table: Table, name: str) -> Convert | None:
    kind = table.c[name].type
    if isinstance(kind, DateTime):
        return exact_moment
    if isinstance(kind, JSONB):
        return masked_json
    if name == "external_id":
        return masked_id
    if isinstance(kind, ARRAY):
        return lambda texts: [without_cards(each) for each in texts]
    return without_cards if isinstance(kind, Text) and name not in OURS else None


CONVERSIONS: Final[Mapping[str, list[tuple[str, Convert | None]]]] = {
    table.name: [(str(column.name), _conversion(table, column.name)) for column in table.c]
    for table in (orders, payments, transitions, outbox)
}

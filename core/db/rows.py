"""Rows of the database become orders, payments and details here."""

from dataclasses import replace
from operator import itemgetter
from typing import Any, Final

from core.domain.details import Details
from core.domain.json_text import from_json
from core.domain.records import Order, Payment
from schema.tables import RECEIPTS
from schema.values import CardType, Lang, OrderKind, OrderState, PaymentSource, PaymentState

# StrEnum(value) is a slow call; these are made for every row.
ORDER_KINDS: Final = {str(word): word for word in OrderKind}
ORDER_STATES: Final = {str(word): word for word in OrderState}
PAYMENT_STATES: Final = {str(word): word for word in PaymentState}
PAYMENT_SOURCES: Final = {str(word): word for word in PaymentSource}
LANGS: Final = {str(word): word for word in Lang}
CARD_TYPES: Final = {str(word): word for word in CardType}


Row = Any
"""It has columns by name: the driver's record, or a mapping of SQLAlchemy's."""

# One call for all columns, in the order of the record's fields, takes two thirds of the time of one for each.
_LOCKED: Final = itemgetter(*Order._fields[: Order._fields.index("strict_expiry") + 1])


def order_from(row: Row) -> Order:
    """Read a row of an order that `lock_and_load_1` returns."""
    id_, shop, account, kind, amount, least, most, state, *rest = _LOCKED(row)
    return Order(id_, shop, account, ORDER_KINDS[kind], amount, least, most, ORDER_STATES[state], *rest)


def payment_from(row: Row, payment_id: int | None = None) -> Payment:
    """Read a row of a payment that `lock_and_load_1` returns; receipts are read apart, for answers that show them."""
    return Payment(
        id=row["id"] if payment_id is None else payment_id,
        order_id=row["order_id"],
        shop=row["shop"],
        provider=PAYMENT_SOURCES[row["provider"]],
        external_id=row["external_id"],
        amount=row["amount"],
        state=PAYMENT_STATES[row["state"]],
        reason=row["reason"],
        opened_at=row["provider_time"],
        created_at=row["created_at"],
        performed_at=row["performed_at"],
        cancelled_at=row["cancelled_at"],
        payment_number=row["click_paydoc_id"],
        also_known_as=tuple(row["also_known_as"]),
    )


def receipts_from(row: Row) -> dict[str, Any]:
    """Read a payment's receipts, as JSON text."""
    return {name: row[name] for name in RECEIPTS}


def details_from(row: Row) -> Details:
    """Read a row that has an order's details: the description as it is, the others as JSON text."""
    return Details(
        description=row["description"],
        items=None if row["items"] is None else tuple(from_json(row["items"])),
        shipping=None if row["shipping"] is None else from_json(row["shipping"]),
        metadata=from_json(row["metadata"]),
    )


def all_details_from(row: Row) -> Details:
    """Read a row that also says how the order's payer is received at the checkout."""
    return replace(
        details_from(row),
        return_url=row["return_url"],
        lang=LANGS.get(row["lang"]),
        card_type=CARD_TYPES.get(row["card_type"]),
    )

"""Receipts are what the tax office says of a payment and of its reversal, in names that are no provider's.

They are kept apart from the rest of a payment: no decision depends on them, and the payment path does not read them.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from core.domain.json_text import from_json, to_json

ReceiptKind = Literal["perform", "cancel"]

ENDED: Final = to_json(None)
"""In place of a failure that a receipt has put an end to; no text at all leaves what is stored as it is."""


class Receipt(NamedTuple):
    """What the tax office has registered. Each text is None where what came was no such text."""

    qr_code_url: str | None
    """An http(s) address, fit for a link."""
    sign: str | None
    terminal: str | None
    number: str | None
    date: str | None
    raw: Mapping[str, Any] | None
    """As it came, whole; kept, and not read again for answers."""


class ReceiptFailure(NamedTuple):
    """Why the tax office has not registered it."""

    code: str | None
    message: str | None
    raw: Mapping[str, Any] | None
    """As it came, whole; kept, and not read again for answers."""


class Receipts(NamedTuple):
    """The receipts of a payment; beside each the last failure since it came."""

    perform: Receipt | None
    cancel: Receipt | None
    perform_failure: ReceiptFailure | None
    cancel_failure: ReceiptFailure | None


def receipt_changes(kind: ReceiptKind, outcome: Receipt | ReceiptFailure) -> dict[str, str]:
    """Return the fields of a payment that change: a receipt ends the failure of its kind, a failure ends nothing."""
    text = to_json(outcome._asdict())
    if isinstance(outcome, ReceiptFailure):
        return {f"fiscal_{kind}_failure": text}
    return {f"fiscal_{kind}": text, f"fiscal_{kind}_failure": ENDED}


def read_receipts(
    perform: str | None, cancel: str | None, perform_failure: str | None, cancel_failure: str | None
) -> Receipts:
    """Read what `receipt_changes` has written."""
    return Receipts(_receipt(perform), _receipt(cancel), _failure(perform_failure), _failure(cancel_failure))


def _receipt(text: str | None) -> Receipt | None:
    stored = from_json(text)
    return None if stored is None else Receipt(*map(stored.get, Receipt._fields))


def _failure(text: str | None) -> ReceiptFailure | None:
    stored = from_json(text)
    return None if stored is None else ReceiptFailure(*map(stored.get, ReceiptFailure._fields))

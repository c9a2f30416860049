"""The vocabulary of the books: money, moments, and the words for providers, orders, payments and their transitions."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, NewType

Tiyin = NewType("Tiyin", int)
"""Money: a whole number of tiyin, 1/100 of a so'm. Becomes so'm only at Click's edge, through `Decimal`."""

MAX_AMOUNT: Final = Tiyin(2**53 - 1)
"""The largest amount that every JSON reader of the books can hold exactly."""

NO_AMOUNT: Final = Tiyin(-1)
"""What an unreadable amount becomes: it fits no order, so that the refusal comes at its proper place in the checks."""


class Provider(StrEnum):
    PAYME = "payme"
    CLICK = "click"


class OrderKind(StrEnum):
    ONE_TIME = "one_time"
    """Paid once, with exactly its amount."""
    ACCUMULATIVE = "accumulative"
    """Paid any number of times: a balance that is topped up."""


class OrderState(StrEnum):
    AWAITING = "awaiting"
    RESERVED = "reserved"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class PaymentState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"
    """Ended before any money was taken."""
    REVERSED = "reversed"
    """Taken, then given back."""


class Verb(StrEnum):
    """What can be done to a payment."""

    CREATE = "create"
    PERFORM = "perform"
    CANCEL = "cancel"
    """Payme's: a pending payment ends, a paid one is given back."""
    RELEASE = "release"
    """An attempt ends without money: never gives back what was paid."""
    NOTE = "note"
    """The same payment's next attempt: only its id is written down."""
    FISCALISE = "fiscalise"
    """A fiscal receipt is attached."""


class OrderVerb(StrEnum):
    """What can be done to an order; the first four follow from what is done to its payments."""

    RESERVE = "reserve"
    FREE = "free"
    MARK_PAID = "mark_paid"
    REFUND = "refund"
    OPEN = "open"
    CLOSE = "close"
    EXPIRE = "expire"
    DELIVER = "deliver"


class Actor(StrEnum):
    PAYME = "payme"
    CLICK = "click"
    SHOP = "shop"
    CLOCK = "clock"
    """Nobody: a lifetime ran out."""


class Reason(IntEnum):
    """Why a payment ended, where we say so ourselves. A provider's own number is kept as it came."""

    EXECUTION_FAILED = 3
    TIMEOUT = 4
    SUPERSEDED = 103
    """The payer began again: a newer attempt took this one's place. Never told to Payme."""


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC, exactly (no float on the way)."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The moment `ms` milliseconds after 1970; raises OverflowError outside the years 1–9999."""
    return EPOCH + timedelta(milliseconds=ms)


def cut_to_ms(moment: datetime) -> datetime:
    """Times are cut before they are stored, so that what is answered and what is stored are the same number."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

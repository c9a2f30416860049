"""Values are the vocabulary of the tables: money, moments, and the words for orders, payments and their transitions."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final, NewType

Tiyin = NewType("Tiyin", int)
"""Money is a whole number of tiyin, 1/100 of a so'm. It becomes so'm only at Click's interface, through `Decimal`."""

MAX_AMOUNT: Final = Tiyin(2**53 - 1)
"""The largest amount that every JSON parser can hold exactly."""

NO_AMOUNT: Final = Tiyin(-1)
"""Stands for an unreadable amount: it fits no order, so that the refusal comes at its place in the order of checks."""


class Provider(StrEnum):
    """A provider calls us; each has an interface of its own."""

    PAYME = "payme"
    CLICK = "click"


class PaymentSource(StrEnum):
    """A payment came through its source: the words of the column `payments.provider`. Every provider is one."""

    PAYME = "payme"
    CLICK = "click"
    MANUAL = "manual"
    """Cash or a transfer, entered by an operator."""
    TRANSFER = "transfer"
    """Money of another order's payment, moved here by an operator."""


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
    PARTIALLY_REFUNDED = "partially_refunded"
    """Paid, and a part was given back."""
    ELSEWHERE = "elsewhere"
    """Kept by another system, which is asked about it."""


class Lang(StrEnum):
    """The language in which the payer is received."""

    RU = "ru"
    UZ = "uz"
    EN = "en"


class CardType(StrEnum):
    UZCARD = "uzcard"
    HUMO = "humo"


class PaymentState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"
    """Ended before any money was taken."""
    REVERSED = "reversed"
    """Taken, then given back."""
    MOVED = "moved"
    """Taken, and counted for another order since. To its provider it is paid."""


class Verb(StrEnum):
    """A verb is done to a payment."""

    CREATE = "create"
    PERFORM = "perform"
    CANCEL = "cancel"
    """Payme's: a pending payment ends, a paid one is given back."""
    RELEASE = "release"
    """An attempt ends without money: never gives back what was paid."""
    REVIVE = "revive"
    """An attempt that we had ended is paid all the same: its provider had debited the card already."""
    NOTE = "note"
    """Another attempt of the same payment: only its id is noted."""
    FISCALISE = "fiscalise"
    """A fiscal receipt is attached."""
    GIVE_BACK = "give_back"
    """A part of it goes back at the shop's or an operator's wish."""
    REVERSE = "reverse"
    """What is left of it goes back at the shop's or an operator's wish."""
    RECORD = "record"
    """An operator enters one that no provider has reported; it begins as paid."""
    TAKE_BACK = "take_back"
    """An operator undoes such an entry."""
    MOVE_AWAY = "move_away"
    """An operator lets it count for another order."""
    MOVE_BACK = "move_back"


class OrderVerb(StrEnum):
    """A verb is done to an order, by itself or as what follows from a verb done to a payment."""

    RESERVE = "reserve"
    FREE = "free"
    MARK_PAID = "mark_paid"
    REFUND = "refund"
    OPEN = "open"
    CLOSE = "close"
    EXPIRE = "expire"
    DELIVER = "deliver"
    AMEND = "amend"
    """Its terms change, before anybody pays: amount, lines, limits, expiry."""
    REOPEN = "reopen"
    """It can be paid again, under its old account."""
    REFUND_PART = "refund_part"
    RECORD = "record"
    """What an operator has entered pays it."""
    LET_GO = "let_go"
    """Its payment counts for another order now."""
    ADOPT = "adopt"
    """It was kept elsewhere, and is kept here from now on."""


class OperationVerb(StrEnum):
    """A verb is done to an operation, such as a refund that was asked for; state tables of its own come with it."""

    ASK = "ask"
    APPROVE = "approve"
    WITHDRAW = "withdraw"
    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    RESEND = "resend"
    DOUBT = "doubt"


RECORDED_ORDER_VERBS: Final = (
    *(OrderVerb.OPEN, OrderVerb.CLOSE, OrderVerb.EXPIRE, OrderVerb.DELIVER, OrderVerb.AMEND, OrderVerb.REOPEN),
    OrderVerb.ADOPT,
)
"""An order's other verbs follow from those of its payments."""

RECORDED_VERBS: Final = (*Verb, *RECORDED_ORDER_VERBS, *OperationVerb)
"""The verbs of transitions."""


class Actor(StrEnum):
    PAYME = "payme"
    CLICK = "click"
    SHOP = "shop"
    CLOCK = "clock"
    """No party: what the core does by itself, such as to let something expire."""
    OPERATOR = "operator"
    IMPORT = "import"
    """What another system had done before its records were taken over."""
    RECONCILER = "reconciler"
    """What a comparison with the provider's own records has shown."""


class Reason(IntEnum):
    """A payment ended for this reason, where the core gives it. A provider's own number is kept as it came."""

    EXECUTION_FAILED = 3
    TIMEOUT = 4
    SUPERSEDED = 103
    """The payer began again: a newer attempt replaces this one. Payme never sees it."""
    RELEASED = 104
    """The shop ended an attempt that the payer had left. Payme is told 10."""
    DEBIT_REFUSED = 105
    """The card was debited, and the provider was told to give the money back. Payme never sees it."""


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Convert to milliseconds since 1970 in UTC, exactly (no float on the way)."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Convert from milliseconds since 1970; raises OverflowError outside the years 1–9999."""
    return EPOCH + timedelta(milliseconds=ms)


def cut_to_ms(moment: datetime) -> datetime:
    """Cut to whole milliseconds before storing, so that the answer and the row have the same number."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

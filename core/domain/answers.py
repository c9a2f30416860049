"""The core answers with frozen values, which each interface translates into its own protocol."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.domain.records import Order, Payment
from core.domain.refusals import Refusal
from schema.values import PaymentState

PAYMENTS_SHOWN_MAX: Final = 100
"""A balance can have any number of payments; the shop sees the newest."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The order could be paid now."""

    order: Order


@dataclass(frozen=True, slots=True)
class Done:
    """The payment is in the state that the command asks for. `repeat`: it was in it before."""

    payment: Payment
    repeat: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The shop sees its whole order with its newest payments, oldest first. `repeat`: the command changed nothing."""

    order: Order
    payments: Sequence[Payment]
    unpayable: Refusal | None
    """Why no payment of it can be opened any more; None while one can, or could once nobody else is paying."""
    reserved_until: datetime | None = None
    """When the payment that holds a one-time order ends at the latest."""
    repeat: bool = False

    @property
    def holder(self) -> Payment | None:
        return holder_among(self.order, self.payments)


def holder_among(order: Order, payments: Iterable[Payment]) -> Payment | None:
    """Return the pending payment that holds a one-time order. No payment holds a balance."""
    if not order.one_time:
        return None
    return next((payment for payment in payments if payment.state is PaymentState.PENDING), None)


@dataclass(frozen=True, slots=True)
class Replayed:
    """An idempotency key came again and gets the answer that was stored under it."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """Says what is wrong with a field of the shop's command, and what would be right."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The core says no. Not an exception: a refusal may come with a change (an expiry), and raising would undo it."""

    refusal: Refusal
    payment: Payment | None = None
    fields: Sequence[FieldRefusal] = ()
    """With `Refusal.INVALID`."""
    until: datetime | None = None
    """With `Refusal.ATTEMPT_YOUNG`: from this moment on the same is granted."""


Answer = Allowed | Done | Shown | Replayed | Refused
"""What `core.do` and `core.check` return."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment of a statement, with its account as it was received."""

    payment: Payment
    account_received: str
    """JSON text."""


Cursor = tuple[datetime, int]
"""The last order or payment of a page: when it was created, and its id."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page holds some orders. `next`: where the page after it begins; None after the last one."""

    orders: Sequence[Shown]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A page holds some payments of an order, newest first. `next`: where the page after it begins."""

    payments: Sequence[Payment]
    next: Cursor | None

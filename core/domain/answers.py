"""What the core answers: frozen values that the doors put into their own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.domain.records import Order, Payment
from core.domain.refusals import Refusal

PAYMENTS_SHOWN_MAX: Final = 100
"""A balance can have any number of payments; the shop is shown the newest."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The order could be paid now."""

    order: Order


@dataclass(frozen=True, slots=True)
class Done:
    """How a payment stands after the command. `repeat`: it stood so before."""

    payment: Payment
    repeat: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An order, whole, with its payments, oldest first. `repeat`: nothing was changed by the command."""

    order: Order
    payments: Sequence[Payment]
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """An idempotency key came again: the answer that was kept."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Said no. An answer, not an exception: a refusal may come with a change (an expiry), and raising would undo it."""

    refusal: Refusal
    payment: Payment | None = None


Answer = Allowed | Done | Shown | Replayed | Refused
"""What `core.do` and `core.check` return."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One payment of a statement, with its account as it was received."""

    payment: Payment
    account_received: str
    """JSON text."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders and where to go on."""

    orders: Sequence[Shown]
    next: tuple[datetime, int] | None

"""What the deliberately wrong gateway remembers: orders and payments in memory, one gateway's life long."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any, Final

LIFETIME: Final = 43_200_000
"""Milliseconds that a Payme transaction may wait (Payme, "CreateTransaction")."""


AHEAD_MAX: Final = 3_600_000
"""Milliseconds that Payme's clock may be ahead."""

RESERVATION: Final = 1_800_000
"""Milliseconds for which a Payme transaction holds its order against a newer one."""

RELEASED: Final = 104
"""Why an attempt ended that the shop has ended."""

UNKNOWN_REASON: Final = 10
"""What Payme is told of an end that it has no number for: the shop's (Payme, "Data types", reasons)."""


def now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Order:
    account: str
    amount: int
    """Tiyin. Of a balance, what its suites happen to pay: any amount above nought will do."""
    one_time: bool = True
    state: str = "awaiting"
    """awaiting, paid, refunded, cancelled (by the shop)."""
    delivered: bool = False
    reopened: bool = False
    expires_at: int | None = None
    """From then on nothing is taken, though it was begun before."""
    aged: int = 0
    """Milliseconds that have passed for it without anybody's waiting."""
    opened_for: int = field(init=False)
    """Its amount before the shop changed it."""

    def __post_init__(self) -> None:
        self.opened_for = self.amount

    def expired(self) -> bool:
        return self.expires_at is not None and now() + self.aged >= self.expires_at


@dataclass(slots=True)
class Payment:
    number: int
    provider: str
    external_id: str
    order: Order
    amount: int
    account: Any = None
    opened: int = 0
    """By Payme's clock."""
    aged: int = 0
    """Milliseconds that have passed for it without anybody's waiting."""
    created: int = field(default_factory=now)
    performed: int = 0
    cancelled: int = 0
    state: int = 1
    """As Payme counts: 1 pending, 2 paid, -1 cancelled, -2 given back."""
    reason: int | None = None
    same_payment: str = ""
    """Click's number of the payment, of which this is one attempt."""

    def expired(self, lifetime: int = LIFETIME) -> bool:
        began = min(self.opened, self.created)
        return self.provider == "payme" and self.state == 1 and now() - began + self.aged > lifetime

    def may_be_replaced(self) -> bool:
        """It holds its order no longer against a newer one."""
        return self.provider == "payme" and self.state == 1 and now() - self.created + self.aged > RESERVATION

    def perform(self) -> None:
        """Done twice, its time changes, however soon; so does a cancellation's."""
        self.state, self.performed = 2, max(now(), self.performed + 1)
        if self.order.one_time:
            self.order.state = "paid"

    def cancel(self, reason: int | None) -> None:
        if self.state == 2 and self.order.one_time:
            self.order.state = "refunded"
        self.state, self.reason = (-2 if self.state == 2 else -1), reason
        self.cancelled = max(now(), self.cancelled + 1)


class Store:
    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.payments: list[Payment] = []
        self._numbers = itertools.count(1001)

    def open_order(self, account: str, amount: int, *, one_time: bool = True) -> Order:
        """The shop's side: something to be paid."""
        return self.orders.setdefault(account, Order(account, amount, one_time))

    def add(self, provider: str, external_id: str, order: Order, amount: int, **more: Any) -> Payment:
        payment = Payment(next(self._numbers), provider, external_id, order, amount, **more)
        self.payments.append(payment)
        return payment

    def find(self, provider: str, external_id: str) -> Payment | None:
        theirs = (payment for payment in self.payments if payment.provider == provider)
        return next((payment for payment in theirs if payment.external_id == external_id), None)

    def age(self, account: str, milliseconds: int) -> None:
        """Time passes for one order and its payments."""
        self.orders[account].aged += milliseconds
        for payment in self.payments:
            payment.aged += milliseconds if payment.order.account == account else 0

    def attempt(self, number: int, account: str) -> Payment | None:
        """By our own number, as Click gives it back, and the order that it must belong to."""
        clicks = (payment for payment in self.payments if payment.provider == "click")
        return next((p for p in clicks if p.number == number and p.order.account == account), None)

    def pending(self, order: Order) -> Payment | None:
        """The payment that holds a one-time order."""
        if not order.one_time:
            return None
        return next((p for p in self.payments if p.order is order and p.state == 1), None)

    def paid(self, order: Order) -> Payment | None:
        return next((p for p in self.payments if p.order is order and p.state == 2), None)

"""The model's state: orders and payments in memory, and what follows from them at a moment."""

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.calls import NO_ID, Completes, Facts, Fails, OrderFacts, Outcome, Terms

TWELVE_HOURS = timedelta(hours=12)
ONE_HOUR = timedelta(hours=1)
PAYME_HOLDS = timedelta(hours=2)
"""The shop's setting: after it a payment of Payme's gives way to a new one."""
YOUNG = timedelta(minutes=10)
"""Before it a shop may not end an attempt."""
TIMEOUT, SUPERSEDED, RELEASED, DEBIT_REFUSED = 4, 103, 104, 105

OVERRULED = {TIMEOUT, SUPERSEDED}
"""Ends of ours after which a payment of Click's may be paid all the same."""


@dataclass
class ModelOrder:
    account: str
    one_time: bool
    terms: Terms
    content: tuple[Any, ...]
    """What it was opened with: the same again is a repeat."""
    opened_at: datetime
    strict: bool = False
    ended: str | None = None
    """cancelled or expired; what was paid is known from the payments."""
    delivered_at: datetime | None = None


@dataclass
class ModelPayment:
    order: str
    provider: str
    names: list[str]
    """The first is the one that it is known by."""
    amount: int
    opened_at: datetime
    created_at: datetime
    paydoc: int | None = None
    state: str = "pending"
    performed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reason: int | None = None
    fiscal: frozenset[str] = frozenset()
    """Which receipts it has, and which failures since then."""
    settled: bool = False
    """Given back, and its order reopened since."""

    def copy(self) -> "ModelPayment":
        twin = copy(self)
        twin.names = list(self.names)
        return twin

    @property
    def facts(self) -> Facts:
        times = (self.created_at, self.performed_at, self.cancelled_at)
        return Facts(self.provider, self.names[0], self.amount, self.state, *times, self.reason)

    def end(self, state: str, reason: int, now: datetime) -> None:
        """A clock that was set back puts no end before its beginning."""
        self.state, self.reason = state, reason
        self.cancelled_at = max(now, self.created_at, self.performed_at or self.created_at)

    def pay(self, now: datetime) -> None:
        """No payment before its beginning, nor before an end that it overrules."""
        self.state, self.performed_at = "paid", max(now, self.cancelled_at or self.created_at)
        self.cancelled_at = self.reason = None


@dataclass
class ModelState:
    orders: dict[str, ModelOrder] = field(default_factory=dict)
    payments: list[ModelPayment] = field(default_factory=list)

    def named(self, provider: str, name: str | None) -> ModelPayment | None:
        return next((p for p in self.payments if p.provider == provider and name in p.names), None)

    def reported(self, call: Completes | Fails) -> ModelPayment | None:
        """What Click reports of: by the prepare id that it sends, or by its own id if it has none."""
        payment = self.named("click", call.name if call.prepared == NO_ID else call.prepared)
        return payment if payment and payment.order == call.account else None

    def same_payment(self, account: str, paydoc: int | None, of: ModelPayment | None) -> list[ModelPayment]:
        """The other attempts at Click's payment of this number, or of the number that the attempt has."""
        numbers = {paydoc, of.paydoc if of else None} - {None}
        return [p for p in self.payments if p.order == account and p.paydoc in numbers and p is not of]

    def paid_by_another_attempt(self, payment: ModelPayment, paydoc: int | None) -> bool:
        """Whether Click's payment of this number has paid this order already."""
        same = self.same_payment(payment.order, paydoc, payment)
        return any(p.state in ("paid", "reversed") for p in same)

    def state_of(self, account: str) -> str:
        order = self.orders[account]
        states = {p.state for p in self.payments if p.order == account and not p.settled}
        if order.one_time:
            for payment_state, order_state in (("paid", "paid"), ("reversed", "refunded"), ("pending", "reserved")):
                if payment_state in states:
                    return order_state
        return order.ended or "awaiting"

    def shown(self, word: str, account: str, now: datetime) -> Outcome:
        payments = tuple(sorted(p.facts for p in self.payments if p.order == account))
        has_links = self.order_refusal(account, now) in (None, "order_busy")
        return Outcome(word, OrderFacts(self.state_of(account), payments, self.orders[account].terms, has_links))

    def order_refusal(
        self, account: str, now: datetime, provider: str = "", *, own: bool = False, late: bool = False
    ) -> str | None:
        """`own`: the attempt is under way already, so that only a strict expiry concerns it.

        `late`: the money is there, of an attempt that had ended.
        """
        if account not in self.orders:
            return "order_not_found"
        state, order = self.state_of(account), self.orders[account]
        if state in ("paid", "refunded", "cancelled", "expired"):
            return f"order_{state}"
        if self.is_past_expiry(order, now) and (order.strict or not own):
            return "order_expired"
        holder = self.holder(account)
        if holder is None or holder.provider == provider:
            return None
        gives_way = self.is_expired(holder, now) if late else self.gives_way(holder, now)
        return None if gives_way else "order_busy"

    def fits(self, account: str, amount: int) -> bool:
        order = self.orders[account]
        if order.one_time:
            return amount == order.terms.amount
        return (order.terms.min_amount or 1) <= amount <= (order.terms.max_amount or amount)

    def holder(self, account: str) -> ModelPayment | None:
        if not self.orders[account].one_time:
            return None
        return next((p for p in self.payments if p.order == account and p.state == "pending"), None)

    def held(self, account: str) -> bool:
        return any(p.order == account and p.state == "pending" for p in self.payments)

    def is_expired(self, payment: ModelPayment, now: datetime) -> bool:
        began = min(payment.opened_at, payment.created_at)
        return payment.state == "pending" and now - began > lifetime(payment.provider)

    def gives_way(self, holder: ModelPayment, now: datetime) -> bool:
        """To a new payment, of whichever provider."""
        outstayed = holder.provider == "payme" and now - holder.created_at > PAYME_HOLDS
        return outstayed or self.is_expired(holder, now)

    def is_young(self, payment: ModelPayment, now: datetime) -> bool:
        """The payer may be about to pay: the shop has to wait."""
        return now - payment.created_at < YOUNG

    def is_past_expiry(self, order: ModelOrder, now: datetime) -> bool:
        return order.terms.expires_at is not None and now > order.terms.expires_at

    def comes_too_late(self, payment: ModelPayment, now: datetime) -> bool:
        """Whether a pending payment can't be taken any more, of itself or for its order's strict expiry."""
        order = self.orders[payment.order]
        over = order.strict and self.is_past_expiry(order, now)
        return payment.state == "pending" and (over or self.is_expired(payment, now))

    def end_holder(self, account: str, now: datetime) -> None:
        """Something newer takes the order over."""
        holder = self.holder(account)
        if holder:
            holder.end("cancelled", TIMEOUT if self.gives_way(holder, now) else SUPERSEDED, now)

    def begin(self, payment: ModelPayment, now: datetime) -> Outcome:
        self.end_holder(payment.order, now)
        self.payments.append(payment)
        return Outcome("ok", payment.facts)

    def take(self, payment: ModelPayment | None, now: datetime) -> Outcome:
        if payment is None:
            return Outcome("payment_not_found")
        if payment.state == "paid":
            return Outcome("repeat", payment.facts)
        if payment.state != "pending":
            return Outcome(f"payment_{payment.state}")
        payment.pay(now)
        return Outcome("ok", payment.facts)

    def expire_payment(self, payment: ModelPayment | None, now: datetime) -> Outcome:
        if payment is None:
            return Outcome("payment_not_found")
        if self.is_expired(payment, now):
            payment.end("cancelled", TIMEOUT, now)
            return Outcome("ok", payment.facts)
        return Outcome("repeat", payment.facts)


def lifetime(provider: str) -> timedelta:
    return TWELVE_HOURS if provider == "payme" else ONE_HOUR

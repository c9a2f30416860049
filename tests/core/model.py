"""What should happen, said again as simply as possible: one order, one payment, one sentence at a time.

Written from the protocols, not from the core: it knows no tables of states, no moves and no batches.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TWELVE_HOURS = timedelta(hours=12)
ONE_HOUR = timedelta(hours=1)


@dataclass
class ModelOrder:
    one_time: bool
    amount: int
    expires_at: datetime | None
    ended: str | None = None
    """cancelled or expired; what was paid is known from the payments."""
    delivered_at: datetime | None = None


@dataclass
class ModelPayment:
    order: str
    provider: str
    amount: int
    opened_at: datetime
    state: str = "pending"
    paydoc: int | None = None
    names: set[str] = field(default_factory=set)
    performed_at: datetime | None = None


class Model:
    """Answers are words: "ok", "repeat", or the refusal."""

    def __init__(self) -> None:
        self.orders: dict[str, ModelOrder] = {}
        self.payments: list[ModelPayment] = []

    def named(self, provider: str, name: str) -> ModelPayment | None:
        return next((p for p in self.payments if p.provider == provider and name in p.names), None)

    def state_of(self, account: str) -> str:
        order = self.orders[account]
        states = {p.state for p in self.payments if p.order == account}
        if order.one_time:
            for payment_state, order_state in (("paid", "paid"), ("reversed", "refunded"), ("pending", "reserved")):
                if payment_state in states:
                    return order_state
        return order.ended or "awaiting"

    def open(self, account: str, one_time: bool, amount: int, expires_at: datetime | None) -> str:
        if account in self.orders:
            old = self.orders[account]
            same = (old.one_time, old.amount if one_time else 0, old.expires_at) == (
                one_time,
                amount if one_time else 0,
                expires_at,
            )
            return "repeat" if same else "order_differs"
        self.orders[account] = ModelOrder(one_time, amount, expires_at)
        return "ok"

    def why_not(self, account: str, now: datetime, asker: str = "", own: bool = False) -> str | None:
        if account not in self.orders:
            return "order_not_found"
        state, order = self.state_of(account), self.orders[account]
        if state in ("paid", "refunded", "cancelled", "expired"):
            return f"order_{state}"
        if order.expires_at and now > order.expires_at and not own:
            return "order_expired"
        holder = self.holder(account)
        if holder and holder.provider != asker and not self.overdue(holder, now):
            return "order_busy"
        return None

    def fits(self, account: str, amount: int) -> bool:
        order = self.orders[account]
        return amount == order.amount if order.one_time else amount > 0

    def holder(self, account: str) -> ModelPayment | None:
        if not self.orders[account].one_time:
            return None
        return next((p for p in self.payments if p.order == account and p.state == "pending"), None)

    def overdue(self, payment: ModelPayment, now: datetime) -> bool:
        lifetime = TWELVE_HOURS if payment.provider == "payme" else ONE_HOUR
        return payment.state == "pending" and now - payment.opened_at > lifetime

    def create(self, name: str, account: str, amount: int, opened_at: datetime, now: datetime) -> str:
        old = self.named("payme", name)
        if old:
            if old.state != "pending":
                return f"payment_{old.state}"
            if self.overdue(old, now):
                old.state = "cancelled"
                return "payment_expired"
            if old.order != account or old.opened_at != opened_at:
                return "payment_differs"
            return "repeat" if old.amount == amount else "wrong_amount"
        why = self.why_not(account, now)
        if why:
            return why
        if not self.fits(account, amount):
            return "wrong_amount"
        if now - opened_at > TWELVE_HOURS:
            return "payment_too_old"
        self._begin(ModelPayment(account, "payme", amount, opened_at, names={name}))
        return "ok"

    def attempt(self, name: str, account: str, amount: int, paydoc: int, declined: bool, now: datetime) -> str:
        if account not in self.orders:
            return "order_not_found"
        old = self.named("click", name)
        if old and old.state != "pending":
            return f"payment_{old.state}"
        mine = [p for p in self.payments if p.order == account and p.provider == "click" and p.paydoc == paydoc]
        if any(p.state == "paid" for p in mine if p is not old):
            return "payment_paid"
        why = self.why_not(account, now, asker="click", own=old is not None)
        if why:
            return why
        if declined:
            return "payment_declined"
        if not self.fits(account, amount):
            return "wrong_amount"
        same = next((p for p in mine if p.state == "pending"), None)
        if (old or same) and (old or same).amount != amount:
            return "wrong_amount"
        if old:
            return "repeat"
        if same:
            same.names.add(name)
            return "repeat"
        self._begin(ModelPayment(account, "click", amount, now, paydoc=paydoc, names={name}))
        return "ok"

    def _begin(self, payment: ModelPayment) -> None:
        holder = self.holder(payment.order)
        if holder:
            holder.state = "cancelled"
        self.payments.append(payment)

    def perform(self, payment: ModelPayment | None, now: datetime, amount: int | None = None) -> str:
        if payment is None:
            return "payment_not_found"
        if payment.provider == "payme" and self.overdue(payment, now):
            payment.state = "cancelled"
            return "payment_expired"
        if payment.state == "paid":
            return "repeat"
        if payment.state != "pending":
            return f"payment_{payment.state}"
        if amount is not None and amount != payment.amount:
            return "wrong_amount"
        payment.state, payment.performed_at = "paid", now
        return "ok"

    def cancel(self, payment: ModelPayment | None, now: datetime) -> str:
        if payment is None:
            return "payment_not_found"
        if payment.state in ("cancelled", "reversed"):
            return "repeat"
        delivered = self.orders[payment.order].delivered_at
        if payment.state == "paid" and delivered and payment.performed_at and payment.performed_at <= delivered:
            return "order_delivered"
        payment.state = "cancelled" if payment.state == "pending" else "reversed"
        return "ok"

    def release(self, payment: ModelPayment | None) -> str:
        if payment is None:
            return "payment_not_found"
        if payment.state == "paid":
            return "payment_paid"
        if payment.state != "pending":
            return "repeat"
        payment.state = "cancelled"
        return "ok"

    def look_up(self, payment: ModelPayment | None, now: datetime) -> str:
        if payment is None:
            return "payment_not_found"
        if self.overdue(payment, now):
            payment.state = "cancelled"
            return "ok"
        return "repeat"

    def expire_payment(self, payment: ModelPayment | None, now: datetime) -> str:
        return "payment_not_found" if payment is None else self.look_up(payment, now)

    def expire_order(self, account: str, now: datetime) -> str:
        if account not in self.orders:
            return "order_not_found"
        order = self.orders[account]
        if order.expires_at is None or now <= order.expires_at:
            return "repeat"
        if self.held(account):
            return "order_busy"
        state = self.state_of(account)
        if state == "awaiting":
            order.ended = "expired"
            return "ok"
        return "repeat" if state == "expired" else f"order_{state}"

    def close(self, account: str) -> str:
        if account not in self.orders:
            return "order_not_found"
        if self.held(account):
            return "order_busy"
        state = self.state_of(account)
        if state == "awaiting":
            self.orders[account].ended = "cancelled"
            return "ok"
        return "repeat" if state == "cancelled" else f"order_{state}"

    def deliver(self, account: str, now: datetime) -> str:
        if account not in self.orders:
            return "order_not_found"
        order, state = self.orders[account], self.state_of(account)
        if order.one_time:
            if state in ("awaiting", "reserved"):
                return "order_not_paid"
            if state != "paid":
                return f"order_{state}"
            if order.delivered_at:
                return "repeat"
        order.delivered_at = now
        return "ok"

    def held(self, account: str) -> bool:
        return any(p.order == account and p.state == "pending" for p in self.payments)

"""What should happen, said again as simply as possible: one order, one payment, one sentence at a time.

Written from the protocols, not from the core: it knows no tables of states, no transitions and no batches.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation import calls
from tests.simulation.calls import Call, Told
from tests.simulation.model_state import TIMEOUT, TWELVE_HOURS, ModelBooks, ModelOrder, ModelPayment


@dataclass
class Model(ModelBooks):
    kept: dict[str, tuple[Call, Told]] = field(default_factory=dict)

    def copy(self) -> "Model":
        return Model(
            {account: copy(order) for account, order in self.orders.items()},
            [payment.copy() for payment in self.payments],
            dict(self.kept),
        )

    def asked(self, call: Call, now: datetime) -> Told:
        """The answer, and the books are as they must be afterwards."""
        key = getattr(call, "key", None)
        if key is None:
            return self._answer(call, now)
        if key in self.kept:
            first, told = self.kept[key]
            return Told("replayed", again=told) if first == call else Told("key_reused")
        told = self._answer(call, now)
        self.kept[key] = (call, told)
        return told

    def _answer(self, call: Call, now: datetime) -> Told:
        return ANSWERS[type(call)](self, call, now)

    # --- The shop

    def opens(self, call: calls.Opens, now: datetime) -> Told:
        old = self.orders.get(call.account)
        if old is not None:
            same = (old.one_time, old.amount, old.expires_at) == (call.one_time, call.amount, call.expires_at)
            return self.shown("repeat", call.account) if same else Told("order_differs")
        if call.expires_at is not None and call.expires_at <= now:
            return Told("order_expired")
        self.orders[call.account] = ModelOrder(call.account, call.one_time, call.amount, call.expires_at)
        return self.shown("ok", call.account)

    def closes(self, call: calls.Closes, now: datetime) -> Told:
        if call.account not in self.orders:
            return Told("order_not_found")
        if self.held(call.account):
            return Told("order_busy")
        state = self.state_of(call.account)
        if state == "awaiting":
            self.orders[call.account].ended = "cancelled"
            return self.shown("ok", call.account)
        return self.shown("repeat", call.account) if state == "cancelled" else Told(f"order_{state}")

    def delivers(self, call: calls.Delivers, now: datetime) -> Told:
        if call.account not in self.orders:
            return Told("order_not_found")
        order, state = self.orders[call.account], self.state_of(call.account)
        if order.one_time:
            if state in ("awaiting", "reserved"):
                return Told("order_not_paid")
            if state != "paid":
                return Told(f"order_{state}")
            if order.delivered_at:
                return self.shown("repeat", call.account)
        paid = [p.performed_at for p in self.payments if p.order == call.account and p.performed_at]
        order.delivered_at = max(now, *paid) if paid else now
        return self.shown("ok", call.account)

    # --- Payme

    def checks(self, call: calls.Checks, now: datetime) -> Told:
        why = self.why_not(call.account, now)
        if why is None and not self.fits(call.account, call.amount):
            why = "wrong_amount"
        return Told(why or "ok")

    def creates(self, call: calls.Creates, now: datetime) -> Told:
        old = self.named("payme", call.name)
        if old:
            if old.state != "pending":
                return Told(f"payment_{old.state}")
            if self.overdue(old, now):
                old.end("cancelled", TIMEOUT, now)
                return Told("payment_expired")
            if old.order != call.account or old.opened_at != call.opened_at:
                return Told("payment_differs")
            return Told("repeat", old.facts) if old.amount == call.amount else Told("wrong_amount")
        why = self.why_not(call.account, now)
        if why:
            return Told(why)
        if not self.fits(call.account, call.amount):
            return Told("wrong_amount")
        if now - call.opened_at > TWELVE_HOURS:
            return Told("payment_too_old")
        return self.begin(ModelPayment(call.account, "payme", [call.name], call.amount, call.opened_at, now), now)

    def performs(self, call: calls.Performs, now: datetime) -> Told:
        payment = self.named("payme", call.name)
        if payment is not None and self.overdue(payment, now):
            payment.end("cancelled", TIMEOUT, now)
            return Told("payment_expired")
        return self.take(payment, now)

    def cancels(self, call: calls.Cancels, now: datetime) -> Told:
        payment = self.named("payme", call.name)
        if payment is None:
            return Told("payment_not_found")
        if payment.state in ("cancelled", "reversed"):
            return Told("repeat", payment.facts)
        delivered = self.orders[payment.order].delivered_at
        if payment.state == "paid" and delivered and payment.performed_at and payment.performed_at <= delivered:
            return Told("order_delivered")
        payment.end("cancelled" if payment.state == "pending" else "reversed", call.reason, now)
        return Told("ok", payment.facts)

    def looks_at(self, call: calls.LooksAt, now: datetime) -> Told:
        return self.lapse(self.named("payme", call.name), now)

    def fiscalises(self, call: calls.Fiscalises, now: datetime) -> Told:
        payment = self.named("payme", call.name)
        if payment is None:
            return Told("payment_not_found")
        payment.fiscal = True
        return Told("ok", payment.facts)

    # --- Click

    def prepares(self, call: calls.Prepares, now: datetime) -> Told:
        if call.account not in self.orders:
            return Told("order_not_found")
        old = self.named("click", call.name)
        if old and old.state != "pending":
            return Told(f"payment_{old.state}")
        mine = [p for p in self.payments if p.order == call.account and p.provider == "click"]
        same = [p for p in mine if p.paydoc == call.paydoc and p is not old]
        if any(p.state == "paid" for p in same):
            return Told("payment_paid")
        why = self.why_not(call.account, now, asker="click", own=old is not None)
        if why:
            return Told(why)
        if call.declined:
            return Told("payment_declined")
        if not self.fits(call.account, call.amount):
            return Told("wrong_amount")
        known = old or next((p for p in same if p.state == "pending"), None)
        if known and known.amount != call.amount:
            return Told("wrong_amount")
        if known:
            known.names += [call.name] if call.name not in known.names else []
            return Told("repeat", known.facts)
        payment = ModelPayment(call.account, "click", [call.name], call.amount, now, now, paydoc=call.paydoc)
        return self.begin(payment, now)

    def completes(self, call: calls.Completes, now: datetime) -> Told:
        if call.account not in self.orders:
            return Told("order_not_found")
        return self.take(self.prepared(call.prepared, call.account), now, call.amount)

    def fails(self, call: calls.Fails, now: datetime) -> Told:
        payment = self.prepared(call.prepared, call.account)
        if payment is None:
            return Told("payment_not_found")
        if payment.state == "paid":
            return Told("payment_paid")
        if payment.state != "pending":
            return Told("repeat", payment.facts)
        payment.end("cancelled", call.error, now)
        return Told("ok", payment.facts)

    # --- The clock

    def lapses(self, call: calls.Lapses, now: datetime) -> Told:
        return self.lapse(self.named(call.provider, call.name), now)

    def expires(self, call: calls.Expires, now: datetime) -> Told:
        order = self.orders.get(call.account)
        if order is None:
            return Told("order_not_found")
        if order.expires_at is None or now <= order.expires_at:
            return self.shown("repeat", call.account)
        if self.held(call.account):
            return Told("order_busy")
        state = self.state_of(call.account)
        if state == "awaiting":
            order.ended = "expired"
            return self.shown("ok", call.account)
        return self.shown("repeat", call.account) if state == "expired" else Told(f"order_{state}")


ANSWERS: dict[type[Call], Callable[[Model, Any, datetime], Told]] = {
    calls.Opens: Model.opens,
    calls.Closes: Model.closes,
    calls.Delivers: Model.delivers,
    calls.Checks: Model.checks,
    calls.Creates: Model.creates,
    calls.Performs: Model.performs,
    calls.Cancels: Model.cancels,
    calls.LooksAt: Model.looks_at,
    calls.Fiscalises: Model.fiscalises,
    calls.Prepares: Model.prepares,
    calls.Completes: Model.completes,
    calls.Fails: Model.fails,
    calls.Lapses: Model.lapses,
    calls.Expires: Model.expires,
}

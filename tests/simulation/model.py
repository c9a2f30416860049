"""The model says what should happen, as simply as possible: one order, one payment, one sentence at a time.

Written from the protocols, not from the core: it knows no tables of states, no transitions and no batches.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulation import calls
from tests.simulation.calls import Call, Outcome
from tests.simulation.model_shop import ModelShop
from tests.simulation.model_state import (
    DEBIT_REFUSED,
    ONE_HOUR,
    OVERRULED,
    TIMEOUT,
    TWELVE_HOURS,
    ModelPayment,
)
from tests.simulation.payers import FAILED


@dataclass
class Model(ModelShop):
    stored_answers: dict[str, tuple[Call, Outcome]] = field(default_factory=dict)

    def copy(self) -> "Model":
        return Model(
            {account: copy(order) for account, order in self.orders.items()},
            [payment.copy() for payment in self.payments],
            dict(self.stored_answers),
        )

    def answer(self, call: Call, now: datetime) -> Outcome:
        """The outcome of a call; the model is then as the rows must be."""
        key = getattr(call, "key", None)
        if key is None:
            return self._outcome(call, now)
        if key in self.stored_answers:
            first, outcome = self.stored_answers[key]
            return Outcome("replayed", first=outcome) if first == call else Outcome("key_reused")
        outcome = self._outcome(call, now)
        if outcome.word != "attempt_young":  # asked again later, it is granted
            self.stored_answers[key] = (call, outcome)
        return outcome

    def _outcome(self, call: Call, now: datetime) -> Outcome:
        if isinstance(call, calls.ShopCall):
            self.end_outlived(call.account, now)
        return OUTCOMES[type(call)](self, call, now)

    # --- Payme

    def checks(self, call: calls.Checks, now: datetime) -> Outcome:
        refusal = self.order_refusal(call.account, now)
        if refusal is None and not self.fits(call.account, call.amount):
            refusal = "wrong_amount"
        return Outcome(refusal or "ok")

    def creates(self, call: calls.Creates, now: datetime) -> Outcome:
        old = self.named("payme", call.name)
        if old:
            if old.state != "pending":
                return Outcome(f"payment_{old.state}")
            if self.comes_too_late(old, now):
                old.end("cancelled", TIMEOUT, now)
                return Outcome("payment_expired")
            if old.order != call.account or old.opened_at != call.opened_at:
                return Outcome("payment_differs")
            return Outcome("repeat", old.facts) if old.amount == call.amount else Outcome("wrong_amount")
        refusal = self.order_refusal(call.account, now)
        if refusal:
            return Outcome(refusal)
        if not self.fits(call.account, call.amount):
            return Outcome("wrong_amount")
        if now - call.opened_at > TWELVE_HOURS:
            return Outcome("payment_too_old")
        if call.opened_at - now > ONE_HOUR:
            return Outcome("payment_from_future")
        return self.begin(ModelPayment(call.account, "payme", [call.name], call.amount, call.opened_at, now), now)

    def performs(self, call: calls.Performs, now: datetime) -> Outcome:
        payment = self.named("payme", call.name)
        if payment is not None and self.comes_too_late(payment, now):
            payment.end("cancelled", TIMEOUT, now)
            return Outcome("payment_expired")
        return self.take(payment, now)

    def cancels(self, call: calls.Cancels, now: datetime) -> Outcome:
        payment = self.named("payme", call.name)
        if payment is None:
            return Outcome("payment_not_found")
        if payment.state in ("cancelled", "reversed"):
            return Outcome("repeat", payment.facts)
        delivered = self.orders[payment.order].delivered_at
        if payment.state == "paid" and delivered and payment.performed_at and payment.performed_at <= delivered:
            return Outcome("order_delivered")
        payment.end("cancelled" if payment.state == "pending" else "reversed", call.reason, now)
        return Outcome("ok", payment.facts)

    def looks_at(self, call: calls.LooksAt, now: datetime) -> Outcome:
        return self.expire_payment(self.named("payme", call.name), now)

    def fiscalises(self, call: calls.Fiscalises, now: datetime) -> Outcome:
        payment = self.named("payme", call.name)
        if payment is None:
            return Outcome("payment_not_found")
        kind = (call.kind or ("cancel" if payment.state == "reversed" else "perform")).lower()
        failure = {f"{kind}_failure"}
        payment.fiscal = payment.fiscal | failure if call.status else (payment.fiscal | {kind}) - failure
        return Outcome("ok", payment.facts)

    # --- Click

    def prepares(self, call: calls.Prepares, now: datetime) -> Outcome:
        if call.account not in self.orders:
            return Outcome("order_not_found")
        old = self.named("click", call.name)
        if old and old.state != "pending":
            return Outcome(f"payment_{old.state}")
        same = self.same_payment(call.account, call.paydoc, old)
        if any(p.state in ("paid", "reversed") for p in same):
            return Outcome("payment_paid")
        refusal = self.order_refusal(
            call.account, now, provider="click", own=old is not None and not self.is_expired(old, now)
        )
        if refusal:
            return Outcome(refusal)
        if call.declined:
            if old:
                old.end("cancelled", FAILED, now)
            return Outcome("payment_declined")
        if not self.fits(call.account, call.amount):
            return Outcome("wrong_amount")
        known = old or next((p for p in same if p.state == "pending"), None)
        if known and known.amount != call.amount:
            return Outcome("wrong_amount")
        if known:
            known.names += [call.name] if call.name not in known.names else []
            return Outcome("repeat", known.facts)
        payment = ModelPayment(call.account, "click", [call.name], call.amount, now, now, paydoc=call.paydoc)
        return self.begin(payment, now)

    def completes(self, call: calls.Completes, now: datetime) -> Outcome:
        """The card is debited: the order is paid if it can be, and once refused the attempt never is."""
        if call.account not in self.orders:
            return Outcome("order_not_found")
        payment = self.reported(call)
        if payment is None:
            return Outcome("payment_not_found")
        if self.paid_by_another_attempt(payment, call.paydoc):
            return Outcome("payment_paid")
        if call.name not in payment.names and (call.paydoc is None or call.paydoc != payment.paydoc):
            return Outcome("payment_not_own")
        if payment.state == "paid":
            return Outcome("repeat", payment.facts)
        if payment.state == "pending" and not self.is_expired(payment, now):
            if call.amount != payment.amount:
                return Outcome("wrong_amount")
            if self.comes_too_late(payment, now):
                payment.end("cancelled", DEBIT_REFUSED, now)
                return Outcome("order_expired")
            payment.paydoc = payment.paydoc or call.paydoc
            return self.take(payment, now)
        if payment.state != "pending" and payment.reason not in OVERRULED:
            return Outcome("payment_cancelled")
        refusal = self.order_refusal(call.account, now, provider="click", late=True)
        if refusal is None and (call.amount != payment.amount or not self.fits(call.account, call.amount)):
            refusal = "payment_cancelled"
        if refusal:
            payment.end("cancelled", DEBIT_REFUSED, payment.cancelled_at or now)
            return Outcome(refusal)
        if self.holder(call.account) is not payment:
            self.end_holder(call.account, now)
        payment.paydoc = payment.paydoc or call.paydoc
        payment.pay(now)
        return Outcome("ok", payment.facts)

    def fails(self, call: calls.Fails, now: datetime) -> Outcome:
        payment = self.reported(call)
        if payment is None:
            return Outcome("payment_not_found")
        if payment.state == "paid" or self.paid_by_another_attempt(payment, call.paydoc):
            return Outcome("payment_paid")
        if call.name not in payment.names and (call.paydoc is None or call.paydoc != payment.paydoc):
            return Outcome("payment_not_own")
        if payment.state == "cancelled" and payment.reason not in OVERRULED:
            return Outcome("repeat", payment.facts)
        payment.end("cancelled", call.error, payment.cancelled_at or now)
        return Outcome("ok", payment.facts)

    # --- The clock

    def expires_payment(self, call: calls.ExpiresPayment, now: datetime) -> Outcome:
        return self.expire_payment(self.named(call.provider, call.name), now)

    def expires(self, call: calls.ExpiresOrder, now: datetime) -> Outcome:
        order = self.orders.get(call.account)
        if order is None:
            return Outcome("order_not_found")
        if not self.is_past_expiry(order, now):
            return self.shown("repeat", call.account, now)
        if self.held(call.account):
            return Outcome("order_busy")
        state = self.state_of(call.account)
        if state == "awaiting":
            order.ended = "expired"
            return self.shown("ok", call.account, now)
        return self.shown("repeat", call.account, now) if state == "expired" else Outcome(f"order_{state}")


OUTCOMES: dict[type[Call], Callable[[Model, Any, datetime], Outcome]] = {
    calls.Opens: Model.opens,
    calls.Amends: Model.amends,
    calls.Closes: Model.closes,
    calls.Releases: Model.releases,
    calls.Reopens: Model.reopens,
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
    calls.ExpiresPayment: Model.expires_payment,
    calls.ExpiresOrder: Model.expires,
}

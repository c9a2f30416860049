"""Prepare, Complete and Click's failures over the store, right unless the fault says otherwise (Click, "SHOP API")."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.sandbox.wrong.click_attempts import AttemptLookup, Form, key
from tests.sandbox.wrong.errors import Crash
from tests.sandbox.wrong.store import RELEASED, Order, Payment, Store

SUPERSEDED: Final = 103
"""Why an attempt ended that only we have ended, for a newer one. Any other end is final."""


@dataclass(frozen=True, slots=True)
class Verdict:
    error: int
    payment: Payment | None = None


class Methods:
    def __init__(self, store: Store, wrong: Callable[[str], bool]) -> None:
        self.store, self.wrong, self.attempts = store, wrong, AttemptLookup(store, wrong)

    async def prepare(self, form: Form) -> Verdict:
        order = self.attempts.order(form["merchant_trans_id"])
        if order is None:
            return Verdict(-6 if self.wrong("unknown_is_6") else -5)
        own = self.attempts.own(form)
        refused = self._finished(order, own, form) or self._refused(order, own, form)
        if refused:
            return Verdict(refused, own)
        if own is None:
            await self._pause("race_prepare")
            own = None if self.wrong("race_prepare") else self.attempts.own(form)
        if own is not None and self.wrong("prepare_again_refused"):
            return Verdict(-4, own)
        if own is not None and not self.wrong("prepare_again_new_id"):
            return Verdict(0, own)
        return Verdict(0, self._attempt(order, form))

    def _finished(self, order: Order, own: Payment | None, form: Form) -> int:
        """What was paid or cancelled already."""
        if own is not None and own.state == 2 and not self.wrong("paid_prepared_again"):
            return -4
        if own is not None and own.state < 0 and not self._prepares_again(own):
            return -9
        if order.state == "paid" and not self.wrong("paid_prepared_again"):
            paid = self.store.paid(order)
            same = paid is not None and paid.same_payment == self.attempts.paydoc(form)
            return -4 if same or self.wrong("paid_by_another_is_4") else -9
        if own is None and (order.expired() or (order.reopened and self.wrong("reopened_refused"))):
            return -9
        return -9 if order.state in ("refunded", "cancelled") else 0

    def _prepares_again(self, ended: Payment) -> bool:
        superseded = ended.reason == SUPERSEDED and self.wrong("superseded_prepared_again")
        return superseded or self.wrong("cancelled_prepared_again")

    def _refused(self, order: Order, own: Payment | None, form: Form) -> int:
        holder = self.store.pending(order)
        if self.wrong("cancelled_blocks") and any(p.order is order and p.state < 0 for p in self.store.payments):
            return -9
        if holder is not None and holder.provider == "payme" and not holder.expired():
            return -9
        if int(form["error"]) < 0:
            if own is not None and not self.wrong("failed_prepare_forgotten"):
                own.cancel(None)
            return -9
        return 0 if self.wrong("amount_unchecked") or self.attempts.fits(order, form["amount"]) else -2

    def _attempt(self, order: Order, form: Form) -> Payment:
        """A new one; the same payment's next try keeps its number, another payment's takes its place."""
        holder, paydoc = self.store.pending(order), self.attempts.paydoc(form)
        again = self.wrong("prepare_again_new_id") or self.wrong("race_prepare")
        if holder is not None and holder.same_payment == paydoc and not again:
            holder.external_id = key(form)
            return holder
        if holder is not None and holder.same_payment != paydoc:
            holder.cancel(SUPERSEDED)
        return self.store.add("click", key(form), order, order.amount, same_payment=paydoc)

    async def complete(self, form: Form) -> Verdict:
        order = self.attempts.order(form["merchant_trans_id"])
        if order is None:
            return Verdict(-6 if self.wrong("unknown_is_6") else -5)
        payment = self.attempts.find(form)
        if payment is None and self.wrong("unprepared_pays"):
            payment = self._attempt(order, form)
        if payment is None:
            return Verdict(-6)
        if not self.attempts.is_own(payment, form) and not self.wrong("others_debit_pays"):
            return Verdict(-9, payment)
        if payment.state == 2:
            return Verdict(0 if self.wrong("complete_again_is_0") else -4, payment)
        if payment.state < 0 and self.attempts.paid_sibling(payment) and not self.wrong("paid_sibling_is_9"):
            return Verdict(-4, payment)
        refused = self._refused_debit(payment, form)
        if refused:
            return Verdict(refused, payment)
        await self._pause("race_complete")
        if self.wrong("complete_forgets"):
            return Verdict(0, Payment(payment.number, "click", "", order, payment.amount, state=2))
        holder = self.store.pending(order)
        if holder is not None and holder is not payment:
            holder.cancel(SUPERSEDED)
        payment.perform()
        return Verdict(0, payment)

    def _refused_debit(self, payment: Payment, form: Form) -> int:
        """Of an attempt that has ended: -9 for good, unless only we had ended it and its order is free."""
        order = payment.order
        unchecked = self.wrong("amount_unchecked") or self.wrong("amount_unchecked_in_complete")
        ended_alone = payment.state < 0 and self.wrong("ended_amount_is_its_own")
        fits = unchecked or self.attempts.fits(order, form["amount"], payment.amount if ended_alone else None)
        if payment.state > 0 and fits and order.expired() and not self.wrong("strict_expiry_unseen"):
            payment.cancel(None)
            return -9
        if payment.state > 0:
            return 0 if fits else -2
        if order.state == "paid" and self.wrong("paid_by_another_debit_is_4"):
            return -4
        revives = payment.reason == SUPERSEDED or (payment.reason == RELEASED and self.wrong("released_debited"))
        if revives and self._is_free(order):
            if fits:
                return 0
            if self.wrong("superseded_amount_is_2"):
                return -2
        payment.reason = None
        return -9

    def _is_free(self, order: Order) -> bool:
        """Nobody has paid it, and only a newer attempt may hold it."""
        if self.wrong("superseded_refused"):
            return False
        holder = self.store.pending(order)
        by_payme = holder is not None and holder.provider == "payme" and not holder.expired()
        return not by_payme and (order.state == "awaiting" or self.wrong("paid_order_debited"))

    def failure(self, form: Form) -> Verdict:
        """Click could not take the money. What is paid stays paid."""
        payment = self.attempts.find(form)
        if form["error"] == "-5017" and self.wrong("failure_crashes"):
            raise Crash
        if payment is None:
            return Verdict(-6 if self.wrong("unknown_failure_is_6") else -9)
        paid = payment.state == 2 or self.attempts.paid_sibling(payment)
        if paid and not self.wrong("failure_reverses_paid"):
            probed = form["error"] == "-1"
            is_4 = (probed or self.wrong("paid_failure_is_4")) and not self.wrong("paid_failure_is_9")
            return Verdict(-4 if is_4 else -9, payment)
        if not self.attempts.is_own(payment, form) and not self.wrong("others_failure_obeyed"):
            return Verdict(-9, payment)
        if payment.state == 1 and self.wrong("failure_pays") and form["error"] not in ("-1", "-5017"):
            payment.perform()
            return Verdict(0, payment)
        forgotten = payment.reason == SUPERSEDED and self.wrong("failure_of_superseded_forgotten")
        if not forgotten and not self.wrong("failure_forgotten"):
            payment.cancel(None)
        return Verdict(0 if self.wrong("failure_is_0") else -9, payment)

    async def _pause(self, fault: str) -> None:
        """Where the lock is missing: time enough for another call to see the store as it was."""
        if self.wrong(fault):
            await asyncio.sleep(0.05)

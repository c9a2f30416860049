"""Prepare, Complete and Click's failures over the store, right unless the fault says otherwise (Click, "SHOP API")."""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tests.sandbox.wrong.errors import Crash
from tests.sandbox.wrong.store import Order, Payment, Store

Form = Mapping[str, str]

LONG: Final = 10**12
"""Added to a prepare id that is a number of milliseconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    error: int
    payment: Payment | None = None


class Methods:
    def __init__(self, store: Store, wrong: Callable[[str], bool]) -> None:
        self.store, self.wrong = store, wrong

    async def prepare(self, form: Form) -> Verdict:
        order = self._order(form["merchant_trans_id"])
        if order is None:
            return Verdict(-6 if self.wrong("unknown_is_6") else -5)
        own = self._own(form)
        refused = self._finished(order, own, form) or self._refused(order, form)
        if refused:
            return Verdict(refused, own)
        if own is None:
            await self._pause("race_prepare")
            own = None if self.wrong("race_prepare") else self._own(form)
        if own is not None and self.wrong("prepare_again_refused"):
            return Verdict(-4, own)
        if own is not None and not self.wrong("prepare_again_new_id"):
            return Verdict(0, own)
        return Verdict(0, self._attempt(order, form))

    def _finished(self, order: Order, own: Payment | None, form: Form) -> int:
        """What was paid or cancelled already."""
        if own is not None and own.state == 2 and not self.wrong("paid_prepared_again"):
            return -4
        if own is not None and own.state < 0 and not self.wrong("cancelled_prepared_again"):
            return -9
        if order.state == "paid" and not self.wrong("paid_prepared_again"):
            paid = self.store.paid(order)
            same = paid is not None and paid.same_payment == self._paydoc(form)
            return -4 if same or self.wrong("paid_by_another_is_4") else -9
        return -9 if order.state in ("refunded", "cancelled") else 0

    def _refused(self, order: Order, form: Form) -> int:
        holder = self.store.pending(order)
        if self.wrong("cancelled_blocks") and any(p.order is order and p.state < 0 for p in self.store.payments):
            return -9
        if holder is not None and holder.provider == "payme" and not holder.expired():
            return -9
        if int(form["error"]) < 0:
            return -9
        return 0 if self.wrong("amount_unchecked") or self._fits(order, form["amount"]) else -2

    def _attempt(self, order: Order, form: Form) -> Payment:
        """A new one; the same payment's next try keeps its number, another payment's takes its place."""
        holder, paydoc = self.store.pending(order), self._paydoc(form)
        again = self.wrong("prepare_again_new_id") or self.wrong("race_prepare")
        if holder is not None and holder.same_payment == paydoc and not again:
            holder.external_id = _key(form)
            return holder
        if holder is not None and holder.same_payment != paydoc:
            holder.cancel(None)
        return self.store.add("click", _key(form), order, order.amount, same_payment=paydoc)

    async def complete(self, form: Form) -> Verdict:
        order = self._order(form["merchant_trans_id"])
        if order is None:
            return Verdict(-6 if self.wrong("unknown_is_6") else -5)
        payment = self._find(form)
        if payment is None and self.wrong("unprepared_pays"):
            payment = self._attempt(order, form)
        if payment is None:
            return Verdict(-6)
        if payment.state == 2:
            return Verdict(0 if self.wrong("complete_again_is_0") else -4, payment)
        if payment.state < 0:
            return Verdict(-9, payment)
        unchecked = self.wrong("amount_unchecked") or self.wrong("amount_unchecked_in_complete")
        if not unchecked and not self._fits(order, form["amount"]):
            return Verdict(-2, payment)
        await self._pause("race_complete")
        if self.wrong("complete_forgets"):
            return Verdict(0, Payment(payment.number, "click", "", order, payment.amount, state=2))
        payment.perform()
        return Verdict(0, payment)

    def failure(self, form: Form) -> Verdict:
        """Click could not take the money. What is paid stays paid."""
        payment = self._find(form)
        if form["error"] == "-5017" and self.wrong("failure_crashes"):
            raise Crash
        if payment is None:
            return Verdict(-6 if self.wrong("unknown_failure_is_6") else -9)
        if payment.state == 2 and not self.wrong("failure_reverses_paid"):
            probed = form["error"] == "-1"
            is_4 = (probed or self.wrong("paid_failure_is_4")) and not self.wrong("paid_failure_is_9")
            return Verdict(-4 if is_4 else -9, payment)
        if payment.state == 1 and self.wrong("failure_pays") and form["error"] not in ("-1", "-5017"):
            payment.perform()
            return Verdict(0, payment)
        if payment.state > 0 and not self.wrong("failure_forgotten"):
            payment.cancel(None)
        return Verdict(0 if self.wrong("failure_is_0") else -9, payment)

    def number(self, payment: Payment) -> int | str:
        """The prepare id as Click is told it."""
        if self.wrong("prepare_id_text"):
            return str(uuid.UUID(int=payment.number))
        return payment.number + LONG if self.wrong("long_prepare_id") else payment.number

    def _paydoc(self, form: Form) -> str:
        """The payment's number; what is none is equal to no other."""
        number = form["click_paydoc_id"]
        is_number = re.fullmatch("[1-9][0-9]{0,18}", number) or self.wrong("zero_is_a_number")
        return number if is_number else f"none, of {_key(form)}"

    def _find(self, form: Form) -> Payment | None:
        text = form.get("merchant_prepare_id", "")
        if self.wrong("prepare_id_text"):
            text = str(int(text.replace("-", "") or "0", 16)) if re.fullmatch("[0-9a-f-]{1,36}", text) else ""
        if len(text) > 18 and self.wrong("long_id_crashes"):
            raise Crash
        if not re.fullmatch("[1-9][0-9]{0,17}", text):
            return None
        number = int(text) - (LONG if self.wrong("long_prepare_id") else 0)
        if self.wrong("any_order_of_prepare_id"):
            return next((p for p in self.store.payments if p.number == number), None)
        payment = self.store.attempt(number, form["merchant_trans_id"])
        other = payment is not None and payment.external_id != _key(form)
        return None if other and self.wrong("same_trans_id_only") else payment

    def _own(self, form: Form) -> Payment | None:
        """The attempt of this call. Its latest, where a fault has left several."""
        theirs = [p for p in self.store.payments if p.provider == "click" and p.external_id == _key(form)]
        return theirs[-1] if theirs else None

    def _order(self, account: str) -> Order | None:
        if not account.isdigit() and self.wrong("unknown_crashes"):
            raise Crash
        order = self.store.orders.get(account)
        if order is None and self.wrong("unknown_404"):
            raise Crash(404)
        return order

    def _fits(self, order: Order, amount: str) -> bool:
        if not re.fullmatch(r"(0|[1-9][0-9]{0,13})(\.[0-9]{1,8})?", amount):
            if self.wrong("amount_crashes"):
                raise Crash
            return False
        tiyin = Decimal(amount) * 100
        return abs(tiyin - order.amount) <= (1 if self.wrong("amount_tolerance") else 0)

    async def _pause(self, fault: str) -> None:
        """Where the lock is missing: time enough for another call to see the store as it was."""
        if self.wrong(fault):
            await asyncio.sleep(0.05)


def _key(form: Form) -> str:
    return f"{form['click_trans_id']}:{form['merchant_trans_id']}"

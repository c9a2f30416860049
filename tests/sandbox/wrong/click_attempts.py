"""Finds the order and the attempt that a call of Click's is about, right unless the fault says otherwise."""

import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from tests.sandbox.wrong.errors import Crash
from tests.sandbox.wrong.store import Order, Payment, Store

Form = Mapping[str, str]

LONG: Final = 10**12
"""Added to a prepare id that is a number of milliseconds."""

NO_PREPARE_IDS: Final = frozenset({"", "0"})


class AttemptLookup:
    def __init__(self, store: Store, wrong: Callable[[str], bool]) -> None:
        self.store, self.wrong = store, wrong

    def number(self, payment: Payment) -> int | str:
        """The prepare id as Click is told it."""
        if self.wrong("prepare_id_text"):
            return str(uuid.UUID(int=payment.number))
        return payment.number + LONG if self.wrong("long_prepare_id") else payment.number

    def paydoc(self, form: Form) -> str:
        """The payment's number; what is none is equal to no other."""
        number = form["click_paydoc_id"]
        is_number = re.fullmatch("[1-9][0-9]{0,18}", number) or self.wrong("zero_is_a_number")
        return number if is_number else f"none, of {key(form)}"

    def find(self, form: Form) -> Payment | None:
        text = form.get("merchant_prepare_id", "")
        if text in NO_PREPARE_IDS:
            return self._unnumbered(form)
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
        other = payment is not None and payment.external_id != key(form)
        return None if other and self.wrong("same_trans_id_only") else payment

    def _unnumbered(self, form: Form) -> Payment | None:
        """Click knows no prepare id: the answer to Prepare was lost."""
        fault = "failure_without_id_forgotten" if form["error"].startswith("-") else "debit_without_id_is_6"
        return None if self.wrong(fault) else self.own(form)

    def is_own(self, payment: Payment, form: Form) -> bool:
        """Whether the call is about this payment: the prepare id alone doesn't tell."""
        return payment.external_id == key(form) or payment.same_payment == self.paydoc(form)

    def paid_sibling(self, payment: Payment) -> bool:
        """Whether another attempt of the same payment of Click's has paid."""
        theirs = (p for p in self.store.payments if p.order is payment.order and p is not payment)
        return any(p.state == 2 and p.same_payment == payment.same_payment for p in theirs)

    def own(self, form: Form) -> Payment | None:
        """The attempt of this call. Its latest, where a fault has left several."""
        theirs = [p for p in self.store.payments if p.provider == "click" and p.external_id == key(form)]
        return theirs[-1] if theirs else None

    def order(self, account: str) -> Order | None:
        if not account.isdigit() and self.wrong("unknown_crashes"):
            raise Crash
        order = self.store.orders.get(account)
        if order is None and self.wrong("unknown_404"):
            raise Crash(404)
        return order

    def fits(self, order: Order, amount: str, price: int | None = None) -> bool:
        """price: another than the order's, in tiyin."""
        if not re.fullmatch(r"(0|[1-9][0-9]{0,13})(\.[0-9]{1,8})?", amount):
            if self.wrong("amount_crashes"):
                raise Crash
            return False
        tiyin = Decimal(amount) * 100
        price = price or (order.opened_for if self.wrong("amended_unseen") else order.amount)
        return abs(tiyin - price) <= (1 if self.wrong("amount_tolerance") else 0)


def key(form: Form) -> str:
    return f"{form['click_trans_id']}:{form['merchant_trans_id']}"

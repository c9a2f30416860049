"""What a shop does to its orders, in the model: opens, amends, withdraws, releases, reopens, hands over."""

from datetime import datetime

from tests.simulation import calls
from tests.simulation.calls import KEPT, Outcome, Terms
from tests.simulation.model_state import RELEASED, TIMEOUT, ModelOrder, ModelPayment, ModelState

ONE_TIME_ONLY = {"amount", "items", "shipping"}
BALANCE_ONLY = {"min_amount", "max_amount"}


class ModelShop(ModelState):
    def opens(self, call: calls.Opens, now: datetime) -> Outcome:
        content = (call.one_time, call.amount, call.expires_at, call.strict)
        old = self.orders.get(call.account)
        if old is not None:
            state = "expired" if self.is_over_unseen(old, now) else self.state_of(call.account)
            if state not in ("awaiting", "reserved"):
                return Outcome(f"order_{state}")
            # Of what it was opened with, however it was amended since.
            return self.shown("repeat", call.account, now) if old.content == content else Outcome("order_differs")
        if call.expires_at is not None and call.expires_at <= now:
            return Outcome("invalid")
        terms = Terms(call.amount if call.one_time else None, expires_at=call.expires_at)
        self.orders[call.account] = ModelOrder(call.account, call.one_time, terms, content, now, call.strict)
        return self.shown("ok", call.account, now)

    def amends(self, call: calls.Amends, now: datetime) -> Outcome:
        """Only while nobody pays it, and to nothing that contradicts itself."""
        order = self.orders.get(call.account)
        if order is None:
            return Outcome("order_not_found")
        state = self.state_of(call.account)
        if state != "awaiting":
            return Outcome("order_busy" if state == "reserved" else f"order_{state}")
        if self.is_over_unseen(order, now):
            return Outcome("order_expired")
        if call.changes.keys() & (BALANCE_ONLY if order.one_time else ONE_TIME_ONLY):
            return Outcome("invalid")
        terms = order.terms._replace(**call.changes)
        until = call.changes.get("expires_at")
        if contradicts_itself(terms) or lacks_expiry(order, terms.expires_at) or (until is not None and until <= now):
            return Outcome("invalid")
        word = "repeat" if terms == order.terms else "ok"
        order.terms = terms
        return self.shown(word, call.account, now)

    def closes(self, call: calls.Closes, now: datetime) -> Outcome:
        if call.account not in self.orders:
            return Outcome("order_not_found")
        if self.held(call.account):
            if not call.release:
                return Outcome("order_busy")
            holder = self.holder(call.account)
            if holder is None:
                return Outcome("invalid")  # a balance may have several attempts: each is released by itself
            if self.is_young(holder, now):
                return Outcome("attempt_young")
            holder.end("cancelled", RELEASED, now)
        state = self.state_of(call.account)
        if state == "awaiting":
            self.orders[call.account].ended = "cancelled"
            return self.shown("ok", call.account, now)
        return self.shown("repeat", call.account, now) if state == "cancelled" else Outcome(f"order_{state}")

    def releases(self, call: calls.Releases, now: datetime) -> Outcome:
        """Ends one attempt, whose provider may still come with the money: it is refused."""
        order = self.orders.get(call.account)
        if order is None:
            return Outcome("order_not_found")
        payment: ModelPayment | None
        if call.payment is None:
            if not order.one_time:
                return Outcome("invalid")
            payment = self.holder(call.account)
        else:
            payment = self.named(*call.payment)
            if payment is None or payment.order != call.account:
                return Outcome("payment_not_found")
        if payment is None or payment.state != "pending":
            return self.shown("repeat", call.account, now)
        if self.comes_too_late(payment, now):  # it has ended already, whether or not a sweeper has passed
            payment.end("cancelled", TIMEOUT, now)
            return self.shown("repeat", call.account, now)
        if self.is_young(payment, now):
            return Outcome("attempt_young")
        payment.end("cancelled", RELEASED, now)
        return self.shown("ok", call.account, now)

    def reopens(self, call: calls.Reopens, now: datetime) -> Outcome:
        order = self.orders.get(call.account)
        if order is None:
            return Outcome("order_not_found")
        state = "expired" if self.is_over_unseen(order, now) else self.state_of(call.account)
        if state in ("reserved", "paid"):
            return Outcome("order_busy" if state == "reserved" else "order_paid")
        until = order.terms.expires_at if call.expires_at == KEPT else call.expires_at
        assert not isinstance(until, str)
        if state == "awaiting":
            return self.shown("repeat", call.account, now) if until == order.terms.expires_at else Outcome("invalid")
        if lacks_expiry(order, until) or (until is not None and until <= now):
            return Outcome("invalid")
        order.ended, order.terms = None, order.terms._replace(expires_at=until)
        if order.one_time:
            for payment in self.payments:
                # The money that was given back says nothing of the order any more.
                payment.settled |= payment.order == call.account and payment.state == "reversed"
        return self.shown("ok", call.account, now)

    def delivers(self, call: calls.Delivers, now: datetime) -> Outcome:
        if call.account not in self.orders:
            return Outcome("order_not_found")
        order, state = self.orders[call.account], self.state_of(call.account)
        if order.one_time:
            if state in ("awaiting", "reserved"):
                return Outcome("order_not_paid")
            if state != "paid":
                return Outcome(f"order_{state}")
            if order.delivered_at:
                return self.shown("repeat", call.account, now)
        paid = [p.performed_at for p in self.payments if p.order == call.account and p.performed_at]
        order.delivered_at = max([now, order.opened_at, *paid])
        return self.shown("ok", call.account, now)

    def end_outlived(self, account: str, now: datetime) -> None:
        """What holds an order beyond its time has ended, whether or not a sweeper has passed."""
        holder = self.holder(account) if account in self.orders else None
        if holder is not None and self.comes_too_late(holder, now):
            holder.end("cancelled", TIMEOUT, now)

    def is_over_unseen(self, order: ModelOrder, now: datetime) -> bool:
        """Whether it awaits its payment beyond its expiry: no sweeper has passed."""
        return self.state_of(order.account) == "awaiting" and self.is_past_expiry(order, now)


def lacks_expiry(order: ModelOrder, expires_at: datetime | None) -> bool:
    return order.strict and expires_at is None


def contradicts_itself(terms: Terms) -> bool:
    """A receipt must come to what is paid; a balance's limits must leave an amount."""
    if terms.amount is None:
        return terms.min_amount is not None and terms.max_amount is not None and terms.min_amount > terms.max_amount
    if terms.items is None:
        return terms.shipping is not None
    return terms.items + (terms.shipping or 0) != terms.amount

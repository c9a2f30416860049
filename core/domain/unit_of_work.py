"""The unit of work holds the orders and payments that one batch has locked, as they were read and as they are now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.domain.answers import holder_among
from core.domain.clock_trust import ClockTrust
from core.domain.commands import AttemptRef, ExternalPaymentRef, OrderRef, PaymentRef
from core.domain.details import Details
from core.domain.errors import ClockDisagrees
from core.domain.periods import Periods
from core.domain.providers import SOURCE
from core.domain.records import Order, Payment, StoredAnswer, Transition
from schema.values import OrderVerb, PaymentSource, PaymentState, Provider, Verb


class UnitOfWork:
    """Holds the rows that a batch works on. Only `apply` changes them; decisions read."""

    def __init__(
        self,
        periods: Periods,
        payment_ids: Sequence[int] = (),
        order_ids: Sequence[int] = (),
        clock_trust: ClockTrust = ClockTrust.EVERYTHING,
        reconciled_from: int = 0,
    ) -> None:
        self.periods = periods
        self.reconciled_from = reconciled_from
        """Payments with lower ids are from before a restore that is still to be reconciled."""
        self.clock_trust = clock_trust
        self.relies_on_clock = False
        """Something was decided that another moment might have led to another end."""
        self.orders: dict[int, Order] = {}
        self.payments: dict[int, Payment] = {}
        self.stored_answers: dict[tuple[str, str], StoredAnswer] = {}
        self.orders_read: dict[int, Order] = {}
        """First state read: every update is a compare-and-set on it. What is not here is new."""
        self.payments_read: dict[int, Payment] = {}
        self.receipts_read: dict[int, Mapping[str, Any]] = {}
        """As answers show them, which is less than what is stored: never to be written back."""
        self.transitions: list[tuple[Transition, str]] = []
        """With the correlation id of the call that caused each."""
        self.verbs: set[Verb | OrderVerb] = set()
        """Of the transitions."""
        self.new_answers: list[StoredAnswer] = []
        self._ids_by_account: dict[tuple[str, str], int] = {}
        self._ids_by_external_id: dict[tuple[str, PaymentSource, str], int] = {}
        self._ids_by_order: dict[int, list[int]] = {}
        self._payment_ids = list(reversed(payment_ids))
        self._order_ids = list(reversed(order_ids))

    def add_rows(
        self, orders: Iterable[Order], payments: Iterable[Payment], stored_answers: Iterable[StoredAnswer] = ()
    ) -> None:
        """Add what was read from the database."""
        for order in orders:
            self.orders_read[order.id] = order
            self._put_order(order)
        for payment in payments:
            if payment.id not in self.payments:
                self.payments_read[payment.id] = payment
                self._put_payment(payment)
        for answer in stored_answers:
            self.stored_answers[answer.shop, answer.key] = answer

    def add_details(self, order_id: int, details: Details) -> None:
        """Add the details of an order that an answer will show."""
        self.orders[order_id] = self.orders[order_id]._replace(details=details)

    def add_receipts(self, payment_id: int, receipts: Mapping[str, Any]) -> None:
        """Add the receipts of a payment that an answer will show, whatever it was read for first."""
        self.receipts_read[payment_id] = receipts
        self.payments[payment_id] = self.payments[payment_id]._replace(**receipts)

    def order(self, ref: OrderRef) -> Order | None:
        order_id = self._ids_by_account.get((ref.shop, ref.account))
        return None if order_id is None else self.orders[order_id]

    def payment(self, ref: ExternalPaymentRef | PaymentRef) -> Payment | None:
        """Find a payment by the provider's id, or by ours if it belongs to the account that is named with it."""
        if isinstance(ref, ExternalPaymentRef):
            payment_id = self._ids_by_external_id.get((ref.shop, SOURCE[ref.provider], ref.external_id))
            return None if payment_id is None else self.payments[payment_id]
        payment = self.payments.get(ref.payment_id)
        order = self.order(OrderRef(ref.shop, ref.account))
        return payment if payment and order and payment.order_id == order.id else None

    def attempt(self, ref: AttemptRef) -> Payment | None:
        """Find an attempt: by our id if there is one, which must belong to the account; else by the provider's."""
        order = self.order(OrderRef(ref.shop, ref.account))
        if order is None:
            return None
        if ref.payment_id is None:
            return self.named_attempt(order, ExternalPaymentRef(ref.shop, ref.provider, ref.external_id))
        payment = self.payments.get(ref.payment_id)
        is_theirs = payment and payment.order_id == order.id and payment.provider is SOURCE[ref.provider]
        return payment if is_theirs else None

    def named_attempt(self, order: Order, ref: ExternalPaymentRef) -> Payment | None:
        """Find the order's payment that has the provider's id, as its own or as a later attempt's."""
        payment = self.payment(ref)
        if payment is not None:
            return payment
        payments = (p for p in self.payments_of(order) if p.provider is SOURCE[ref.provider])
        return next((p for p in payments if ref.external_id in p.also_known_as), None)

    def siblings(
        self, order: Order, provider: Provider, payment_number: int | None, of: Payment | None
    ) -> list[Payment]:
        """Return the other attempts at the same payment of the provider's: by the number that it sends, or the one that
        the attempt has. No number is equal to none.
        """
        numbers = {payment_number, of and of.payment_number} - {None}
        if not numbers:
            return []
        payments = (p for p in self.payments_of(order) if p.provider is SOURCE[provider] and p is not of)
        return [p for p in payments if p.payment_number in numbers]

    def holder(self, order: Order) -> Payment | None:
        """Return the pending payment that holds a one-time order. No payment holds a balance."""
        return holder_among(order, self.payments_of(order))

    def payments_of(self, order: Order) -> list[Payment]:
        """Return the order's payments as they now are, oldest first: live ones, the commands' own, or all."""
        payments = [self.payments[payment_id] for payment_id in self._ids_by_order.get(order.id, ())]
        return sorted(payments, key=lambda payment: (payment.created_at, payment.id))

    def is_unreconciled(self, payment: Payment) -> bool:
        """Return whether it may have been paid, or given back, after the copy was made that was restored since then.

        Until it was compared with the provider's cabinet, no time is over for it.
        """
        return payment.id < self.reconciled_from

    def is_expired(self, payment: Payment, now: datetime) -> bool:
        """Return whether it is pending beyond its lifetime."""
        return self.periods.is_expired(payment, now) and not self.is_unreconciled(payment)

    def may_be_replaced(self, holder: Payment, now: datetime) -> bool:
        """Return whether a new payment of either provider may take the order over from the one that holds it."""
        return self.periods.may_be_replaced(holder, now) and not self.is_unreconciled(holder)

    def is_too_late(self, payment: Payment, now: datetime) -> bool:
        """Return whether it is pending beyond its lifetime, or beyond the strict expiry of its order."""
        if self.is_unreconciled(payment):
            return False
        order = self.orders[payment.order_id]
        is_over = payment.state is PaymentState.PENDING and order.strict_expiry and order.is_expired(now)
        return is_over or self.is_expired(payment, now)

    def rely_on_clock(self) -> None:
        """Be about to end something, or to refuse, because time has passed. Raises ClockDisagrees."""
        if self.clock_trust is not ClockTrust.EVERYTHING:
            raise ClockDisagrees
        self.relies_on_clock = True

    @property
    def next_payment_id(self) -> int:
        return self._payment_ids[-1]

    @property
    def next_order_id(self) -> int:
        return self._order_ids[-1]

    @property
    def unused_payment_ids(self) -> Sequence[int]:
        return self._payment_ids

    @property
    def unused_order_ids(self) -> Sequence[int]:
        return self._order_ids

    def apply(self, transitions: Iterable[Transition], correlation_id: str) -> None:
        """Apply the transitions, so that the next decision of the batch sees them."""
        for transition in transitions:
            self._put_order(transition.order)
            if transition.order_before is None:
                self._order_ids.pop()
            if transition.payment is not None:
                self._put_payment(transition.payment)
                if transition.payment_before is None:
                    self._payment_ids.pop()
            self.transitions.append((transition, correlation_id))
            self.verbs.add(transition.verb)

    def store_answer(self, answer: StoredAnswer) -> None:
        self.stored_answers[answer.shop, answer.key] = answer
        self.new_answers.append(answer)

    def _put_order(self, order: Order) -> None:
        self.orders[order.id] = order
        self._ids_by_account[order.shop, order.account] = order.id

    def _put_payment(self, payment: Payment) -> None:
        if payment.id not in self.payments:
            self._ids_by_order.setdefault(payment.order_id, []).append(payment.id)
            self._ids_by_external_id[payment.shop, payment.provider, payment.external_id] = payment.id
        self.payments[payment.id] = payment

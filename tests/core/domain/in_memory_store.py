"""A store in memory: reads into a unit of work and saves it the way the real store does with rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from core.commit.batch_names import external_ref_of, order_ref_of
from core.db.rows import receipts_from
from core.domain.answers import Answer
from core.domain.commands import Attempt, AttemptRef, Check, Command, Details, OrderCommand, OrderRef, PaymentRef
from core.domain.decide import decide
from core.domain.open_payment import check
from core.domain.periods import Periods
from core.domain.receipts import ENDED
from core.domain.records import Order, Payment, StoredAnswer, Transition
from core.domain.unit_of_work import UnitOfWork
from schema.tables import RECEIPTS
from schema.values import PaymentState

PERIODS = Periods()
UNREAD: Mapping[str, Any] = {"details": None, "terms_at": None, "reopened_at": None}
"""What `lock_and_load_1` does not read of an order."""
NO_RECEIPTS: Mapping[str, Any] = dict.fromkeys(RECEIPTS)
"""What `lock_and_load_1` does not read of a payment."""


class InMemoryStore:
    def __init__(self, periods: Periods = PERIODS) -> None:
        self.orders: dict[int, Order] = {}
        self.details: dict[int, Details] = {}
        self.payments: dict[int, Payment] = {}
        self.transitions: list[Transition] = []
        self.stored_answers: dict[tuple[str, str], StoredAnswer] = {}
        self._periods = periods
        self._ids = count(1)

    def decide(self, commands: Sequence[Command], now: datetime, *, rolled_back: bool = False) -> list[Answer]:
        """As one batch: read once, decide each command, save once. `rolled_back`: save nothing."""
        work = UnitOfWork(self._periods, list(self._fresh(len(commands))), list(self._fresh(len(commands))))
        orders = [order for order in self.orders.values() if self._is_named(order, commands)]
        payments = [p for p in self.payments.values() if self._matters(p, orders, commands)]
        numbers = {p.payment_number for p in payments} - {None}  # of those that are named: more than that harms nothing
        known = {order.id for order in orders}
        siblings = [p for p in self.payments.values() if p.payment_number in numbers and p.order_id in known]
        read = [payment._replace(**NO_RECEIPTS) for payment in (*payments, *siblings)]
        work.add_rows(orders, read, self.stored_answers.values())
        for command in commands:
            if isinstance(command, OrderCommand) and (order := work.order(command.order)):
                work.add_details(order.id, self.details[order.id])  # only a shop is shown them
                for payment in work.payments_of(order):
                    work.add_receipts(payment.id, receipts_from(self.payments[payment.id]._asdict()))
        answers = [decide(work, command, now) for command in commands]
        if rolled_back:
            return answers
        self.transitions += [transition for transition, _ in work.transitions]
        self.details |= {id_: order.details for id_, order in work.orders.items() if order.details is not None}
        self.orders |= {id_: order._replace(**UNREAD) for id_, order in work.orders.items()}
        self.payments |= {id_: self._with_receipts(payment) for id_, payment in work.payments.items()}
        self.stored_answers |= work.stored_answers
        return answers

    def check(self, command: Check, now: datetime) -> Answer:
        """As `check.sql` reads: the order, and what holds it."""
        work = UnitOfWork(self._periods)
        orders = [order for order in self.orders.values() if OrderRef(order.shop, order.account) == command.order]
        work.add_rows(orders, [p for p in self.payments.values() if self._matters(p, orders, ())])
        return check(work, command, now).answer

    def _with_receipts(self, payment: Payment) -> Payment:
        """As `save_receipts.sql` writes: what is not known of them stays, what has ended goes."""
        stored = self.payments.get(payment.id)
        texts = {name: getattr(payment, name) or getattr(stored, name, None) for name in RECEIPTS}
        return payment._replace(**{name: None if text == ENDED else text for name, text in texts.items()})

    def _is_named(self, order: Order, commands: Sequence[Command]) -> bool:
        refs = [ref for command in commands if (ref := external_ref_of(command))]
        through = {p.order_id for p in self.payments.values() for ref in refs if _is(p, ref)}
        accounts = {(where.shop, where.account) for command in commands if (where := order_ref_of(command))}
        return (order.shop, order.account) in accounts or order.id in through

    def _matters(self, payment: Payment, orders: Sequence[Order], commands: Sequence[Command]) -> bool:
        """What `lock_and_load_1` would read of the locked orders' payments, and no more."""
        order = next((order for order in orders if order.id == payment.order_id), None)
        if order is None:
            return False
        if order.one_time and payment.state in (PaymentState.PENDING, PaymentState.PAID):
            return True
        return any(self._is_named_by(payment, order, command) for command in commands)

    def _is_named_by(self, payment: Payment, order: Order, command: Command) -> bool:
        ref = external_ref_of(command)
        if ref is not None and _is(payment, ref):
            return True
        if isinstance(command, Attempt) and command.order.account == order.account:
            return (
                payment.payment_number == command.payment_number is not None
                or command.payment.external_id in payment.also_known_as
            )
        if isinstance(command, OrderCommand):
            return command.order.account == order.account
        payment_ref = getattr(command, "payment", None)
        if isinstance(payment_ref, AttemptRef):
            nameless = payment_ref.payment_id is None and payment_ref.provider == payment.provider
            return (
                payment.id == payment_ref.payment_id
                or (nameless and payment_ref.external_id in (payment.external_id, *payment.also_known_as))
                or payment.payment_number == payment_ref.payment_number is not None
            )
        return isinstance(payment_ref, PaymentRef) and payment_ref.payment_id == payment.id

    def _fresh(self, number: int) -> Iterator[int]:
        return (next(self._ids) for _ in range(number))


def _is(payment: Payment, ref: object) -> bool:
    return (payment.shop, payment.provider, payment.external_id) == (
        getattr(ref, "shop", None),
        getattr(ref, "provider", None),
        getattr(ref, "external_id", None),
    )

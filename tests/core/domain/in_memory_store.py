"""Books kept in memory, taken down and put back the way the store does it with rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count

from core.commit.store import external_ref_of, order_ref_of
from core.domain.answers import Answer
from core.domain.commands import Attempt, Check, Command, OrderCommand, OrderRef, PaymentRef
from core.domain.decide import decide
from core.domain.lifetime import CLICK_RESERVATION, PAYME_LIFETIME
from core.domain.open_payment import check
from core.domain.records import Order, Payment, StoredAnswer, Transition
from core.domain.unit_of_work import UnitOfWork
from schema.values import PaymentState, Provider

LIFETIMES = {Provider.PAYME: PAYME_LIFETIME, Provider.CLICK: CLICK_RESERVATION}


class Shelf:
    def __init__(self, lifetimes: dict[Provider, timedelta] = LIFETIMES) -> None:
        self.orders: dict[int, Order] = {}
        self.payments: dict[int, Payment] = {}
        self.transitions: list[Transition] = []
        self.stored_answers: dict[tuple[str, str], StoredAnswer] = {}
        self._lifetimes = lifetimes
        self._ids = count(1)

    def decide(self, commands: Sequence[Command], now: datetime, *, undone: bool = False) -> list[Answer]:
        """As one batch: the books are taken down once, each command is decided, everything is put back.

        `undone`: nothing is, as after a rollback.
        """
        books = UnitOfWork(self._lifetimes, list(self._fresh(len(commands))), list(self._fresh(len(commands))))
        orders = [order for order in self.orders.values() if self._is_named(order, commands)]
        payments = [p for p in self.payments.values() if self._matters(p, orders, commands)]
        books.add_rows(orders, payments, self.stored_answers.values())
        answers = [decide(books, command, now) for command in commands]
        if undone:
            return answers
        self.transitions += [transition for transition, _ in books.transitions]
        self.orders |= {id_: order._replace(details=None) for id_, order in books.orders.items()}
        self.payments |= books.payments
        self.stored_answers |= books.stored_answers
        return answers

    def check(self, command: Check, now: datetime) -> Answer:
        """As `check.sql` reads: the order, and what holds it."""
        books = UnitOfWork(self._lifetimes)
        orders = [order for order in self.orders.values() if OrderRef(order.shop, order.account) == command.order]
        books.add_rows(orders, [p for p in self.payments.values() if self._matters(p, orders, ())])
        return check(books, command, now).answer

    def _is_named(self, order: Order, commands: Sequence[Command]) -> bool:
        keys = [key for command in commands if (key := external_ref_of(command))]
        through = {p.order_id for p in self.payments.values() for key in keys if _is(p, key)}
        accounts = {(where.shop, where.account) for command in commands if (where := order_ref_of(command))}
        return (order.shop, order.account) in accounts or order.id in through

    def _matters(self, payment: Payment, orders: Sequence[Order], commands: Sequence[Command]) -> bool:
        """What `load.sql` would read of the locked orders' payments, and no more."""
        order = next((order for order in orders if order.id == payment.order_id), None)
        if order is None:
            return False
        if order.one_time and payment.state in (PaymentState.PENDING, PaymentState.PAID):
            return True
        return any(self._is_asked_for(payment, order, command) for command in commands)

    def _is_asked_for(self, payment: Payment, order: Order, command: Command) -> bool:
        theirs = external_ref_of(command)
        if theirs is not None and _is(payment, theirs):
            return True
        if isinstance(command, Attempt) and command.order.account == order.account:
            return (
                payment.payment_number == command.payment_number or command.payment.external_id in payment.also_known_as
            )
        if isinstance(command, OrderCommand):
            return command.order.account == order.account
        key = getattr(command, "payment", None)
        return isinstance(key, PaymentRef) and key.payment_id == payment.id

    def _fresh(self, many: int) -> Iterator[int]:
        return (next(self._ids) for _ in range(many))


def _is(payment: Payment, key: object) -> bool:
    return (payment.shop, payment.provider, payment.external_id) == (
        getattr(key, "shop", None),
        getattr(key, "provider", None),
        getattr(key, "external_id", None),
    )

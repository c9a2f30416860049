"""The books of one batch: the orders and payments that it has locked, as they were read and as they stand now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.domain.commands import Account, Details, Ours, Theirs
from schema.values import Actor, OrderKind, OrderState, OrderVerb, PaymentState, Provider, Tiyin, Verb

LIVE: Final = frozenset({PaymentState.PENDING, PaymentState.PAID})

PAYME_LIFETIME: Final = timedelta(milliseconds=43_200_000)
"""Twelve hours from Payme's own moment of opening (Payme, "CreateTransaction"); a millisecond more is too late."""

CLICK_RESERVATION: Final = timedelta(hours=1)
"""How long a Click attempt holds its order against others, unless the settings say otherwise. Click names no limit."""


def lifetimes(click_reservation: timedelta = CLICK_RESERVATION) -> dict[Provider, timedelta]:
    """How long a payment may be pending, counted from the provider's own moment of opening."""
    return {Provider.PAYME: PAYME_LIFETIME, Provider.CLICK: click_reservation}


# Named tuples, not frozen dataclasses: several are made for every call, and these take a fifth of the time.


class Order(NamedTuple):
    id: int
    shop: str
    account: str
    kind: OrderKind
    amount: Tiyin | None
    min_amount: Tiyin | None
    max_amount: Tiyin | None
    state: OrderState
    version: int
    """Raised by every move of the order or its payments; numbers the order's events."""
    fingerprint: str
    """Of what the order was opened with: the same again is a repeat, anything else is refused."""
    expires_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    changed_at: datetime
    details: Details | None = None
    """Read only where somebody will see it."""

    @property
    def one_time(self) -> bool:
        return self.kind is OrderKind.ONE_TIME

    def past_its_time(self, now: datetime) -> bool:
        return self.expires_at is not None and now > self.expires_at


class Payment(NamedTuple):
    id: int
    """Below 2^31: Click takes it as merchant_prepare_id."""
    order_id: int
    shop: str
    provider: Provider
    external_id: str
    amount: Tiyin
    state: PaymentState
    reason: int | None
    opened_at: datetime
    """The provider's own moment of opening."""
    created_at: datetime
    performed_at: datetime | None = None
    cancelled_at: datetime | None = None
    same_payment: int | None = None
    """Click's click_paydoc_id."""
    also_known_as: tuple[str, ...] = ()
    """External ids of later attempts of the same payment."""
    fiscal_perform: str | None = None
    fiscal_cancel: str | None = None
    """Receipts as JSON text."""
    account_received: str | None = None
    """JSON text; only known while the payment is being created."""


class Kept(NamedTuple):
    """An answer kept under an idempotency key."""

    shop: str
    key: str
    fingerprint: str
    status: int
    body: str
    created_at: datetime


class Move(NamedTuple):
    """One change of a payment (and of its order with it), or of an order alone."""

    verb: Verb | OrderVerb
    actor: Actor
    at: datetime
    order: Order
    """As it is afterwards."""
    payment: Payment | None
    """As it is afterwards; none when the order moved alone."""
    order_was: OrderState | None
    payment_was: PaymentState | None
    """None for what did not exist before."""


class Books:
    """The rows that a batch works on. Only `apply` changes them; decisions read."""

    def __init__(
        self,
        lifetimes: Mapping[Provider, timedelta],
        payment_ids: Sequence[int] = (),
        order_ids: Sequence[int] = (),
    ) -> None:
        self.lifetimes = lifetimes
        self.orders: dict[int, Order] = {}
        self.payments: dict[int, Payment] = {}
        self.kept: dict[tuple[str, str], Kept] = {}
        self.orders_read: dict[int, Order] = {}
        """First state read: every update is a compare-and-set on it. What is not here is new."""
        self.payments_read: dict[int, Payment] = {}
        self.moves: list[tuple[Move, str]] = []
        """With the correlation id of the call that caused each."""
        self.newly_kept: list[Kept] = []
        self._accounts: dict[tuple[str, str], int] = {}
        self._theirs: dict[tuple[str, Provider, str], int] = {}
        self._of_order: dict[int, list[int]] = {}
        self._payment_ids = list(reversed(payment_ids))
        self._order_ids = list(reversed(order_ids))

    def read(self, orders: Iterable[Order], payments: Iterable[Payment], kept: Iterable[Kept] = ()) -> None:
        """Take in what the database says."""
        for order in orders:
            self.orders_read[order.id] = order
            self._put_order(order)
        for payment in payments:
            if payment.id not in self.payments:
                self.payments_read[payment.id] = payment
                self._put_payment(payment)
        for answer in kept:
            self.kept[answer.shop, answer.key] = answer

    def add_details(self, order_id: int, details: Details) -> None:
        """What somebody will see of an order, besides what is decided upon."""
        self.orders[order_id] = self.orders[order_id]._replace(details=details)

    def order(self, where: Account) -> Order | None:
        order_id = self._accounts.get((where.shop, where.account))
        return None if order_id is None else self.orders[order_id]

    def payment(self, key: Theirs | Ours) -> Payment | None:
        """By the provider's id, or by ours if it belongs to the account that is named with it."""
        if isinstance(key, Theirs):
            payment_id = self._theirs.get((key.shop, key.provider, key.external_id))
            return None if payment_id is None else self.payments[payment_id]
        payment = self.payments.get(key.payment_id)
        order = self.order(Account(key.shop, key.account))
        return payment if payment and order and payment.order_id == order.id else None

    def payments_of(self, order: Order) -> list[Payment]:
        """Those that were read, oldest first: live ones, those that a command names, or all that will be shown."""
        return [self.payments[payment_id] for payment_id in sorted(self._of_order.get(order.id, ()))]

    def overdue(self, payment: Payment, now: datetime) -> bool:
        """Pending for longer than its provider's lifetime, counted from the provider's own moment of opening."""
        if payment.state is not PaymentState.PENDING:
            return False
        return now - payment.opened_at > self.lifetimes[payment.provider]

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

    def apply(self, moves: Iterable[Move], correlation_id: str) -> None:
        """Make the moves: the next decision of the batch sees them."""
        for move in moves:
            self._put_order(move.order)
            if move.order_was is None:
                self._order_ids.pop()
            if move.payment is not None:
                self._put_payment(move.payment)
                if move.payment_was is None:
                    self._payment_ids.pop()
            self.moves.append((move, correlation_id))

    def keep(self, answer: Kept) -> None:
        self.kept[answer.shop, answer.key] = answer
        self.newly_kept.append(answer)

    def _put_order(self, order: Order) -> None:
        self.orders[order.id] = order
        self._accounts[order.shop, order.account] = order.id

    def _put_payment(self, payment: Payment) -> None:
        if payment.id not in self.payments:
            self._of_order.setdefault(payment.order_id, []).append(payment.id)
            self._theirs[payment.shop, payment.provider, payment.external_id] = payment.id
        self.payments[payment.id] = payment

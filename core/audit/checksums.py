"""What each table says, in sums: where two tables agree, their sums are equal, however long the tables are.

The database hashes every row and adds the hashes up, by the words that the rows hold. Here each sum is multiplied by a
weight of its words, so that a row that is missing, or says another word, changes the total.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from core.audit.invariants import edges
from core.db.statement import Statement, statement
from core.domain.events import EVENTS
from schema.values import OrderKind, OrderState, PaymentState

TABLES: Final[Mapping[str, Statement]] = {
    table: statement(__package__, f"checksums/{table}") for table in ("transitions", "outbox", "payments", "orders")
}
"""By table: the groups of the rows that are in some of its pages. What they say together is what all the pages say."""

EDGES: Final = frozenset(edge[1:] for edge in edges())

HELD_BY: Final[Mapping[str, str]] = {
    PaymentState.PENDING: OrderState.RESERVED,
    PaymentState.PAID: OrderState.PAID,
    PaymentState.REVERSED: OrderState.REFUNDED,
}
"""How a payment makes its one-time order stand."""


class TransitionSums(NamedTuple):
    strange: int = 0
    """Rows, not a sum: transitions along no edge."""
    order_chain: int = 0
    payment_chain: int = 0
    order_times: int = 0
    payment_times: int = 0
    events: int = 0
    first_of_today: int | None = None
    """A transition's id."""


class OutboxSums(NamedTuple):
    events: int = 0


class PaymentSums(NamedTuple):
    untimely: int = 0
    """Rows whose times don't fit their state or each other."""
    payment_chain: int = 0
    payment_times: int = 0
    standing: int = 0


class OrderSums(NamedTuple):
    strange: int = 0
    """Balances in a state that only one-time orders have."""
    order_chain: int = 0
    order_times: int = 0
    standing: int = 0


class Sums(NamedTuple):
    transitions: TransitionSums
    outbox: OutboxSums
    payments: PaymentSums
    orders: OrderSums


def sums_of(groups: Mapping[str, Iterable[Any]]) -> Sums:
    """By table: all its groups' rows, in any order."""
    return Sums(
        _moves(groups["transitions"]),
        _outbox(groups["outbox"]),
        _payments(groups["payments"]),
        _orders(groups["orders"]),
    )


def _moves(groups: Iterable[Any]) -> TransitionSums:
    said = TransitionSums()
    for group in groups:
        before, after = group.payment_from, group.payment_to
        edge = (group.verb, before or "", after or "", group.order_from or "", group.order_to)
        event = EVENTS.get((group.verb, after))
        order_chain = _weight(group.shop, group.order_to) * _whole(group.to_here)
        payment_chain = order_times = payment_times = 0
        if group.order_from is None:
            order_times = _whole(group.times)
        else:
            order_chain -= _weight(group.shop, group.order_from) * _whole(group.from_before)
        if before != after:
            payment_chain = (_weight(after) - (0 if before is None else _weight(before))) * _whole(group.payments)
            payment_times = _weight(after, group.order_from != group.order_to) * _whole(group.times)
        firsts = [first for first in (said.first_of_today, group.first_of_today) if first is not None]
        said = TransitionSums(
            strange=said.strange + (group.misplaced if edge in EDGES else group.transitions),
            order_chain=said.order_chain + order_chain,
            payment_chain=said.payment_chain + payment_chain,
            order_times=said.order_times + order_times,
            payment_times=said.payment_times + payment_times,
            events=said.events + (0 if event is None else _weight(group.shop, event) * _whole(group.events)),
            first_of_today=min(firsts, default=None),
        )
    return said


def _outbox(groups: Iterable[Any]) -> OutboxSums:
    return OutboxSums(sum(_weight(group.shop, group.event) * _whole(group.events) for group in groups))


def _payments(groups: Iterable[Any]) -> PaymentSums:
    said = PaymentSums()
    for group in groups:
        times = (
            _weight(PaymentState.PENDING, group.one_time) * _whole(group.created)
            + _weight(PaymentState.PAID, group.one_time) * _whole(group.performed)
            + _weight(group.state, group.one_time) * _whole(group.cancelled)
        )
        held = HELD_BY.get(group.state) if group.one_time else None
        said = PaymentSums(
            untimely=said.untimely + group.untimely,
            payment_chain=said.payment_chain + _weight(group.state) * _whole(group.payments),
            payment_times=said.payment_times + times,
            standing=said.standing + (0 if held is None else _weight(group.shop, held) * _whole(group.standing)),
        )
    return said


def _orders(groups: Iterable[Any]) -> OrderSums:
    said = OrderSums()
    for group in groups:
        weight, held = _weight(group.shop, group.state), group.state in HELD_BY.values()
        one_time = group.kind == OrderKind.ONE_TIME
        said = OrderSums(
            strange=said.strange + (group.orders if held and not one_time else 0),
            order_chain=said.order_chain + weight * _whole(group.to_here),
            order_times=said.order_times + _whole(group.times),
            standing=said.standing + (weight * _whole(group.standing) if held and one_time else 0),
        )
    return said


@cache
def _weight(*words: object) -> int:
    """64 bits."""
    return int.from_bytes(blake2b(repr([str(word) for word in words]).encode(), digest_size=8).digest())


def _whole(total: Decimal | None) -> int:
    """A sum as the database gives it: exact, and nothing at all for no rows."""
    return 0 if total is None else int(total)

"""Checksums compare tables: where two tables agree, their sums are equal, however long the tables are.

The database hashes every row and adds the hashes up, by the words in the rows. Here each sum is multiplied by a weight
of its words, so that a row that is missing, or has another word, changes the total.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from core.audit.invariants import edges
from core.db.statement import SqlStatement, statement
from core.domain.events import EVENTS
from core.domain.transition import TOTAL_OF
from schema.tables import TOTALS
from schema.values import OrderKind, OrderState, OrderVerb, PaymentState, Verb

TABLES: Final[Mapping[str, SqlStatement]] = {
    table: statement(__package__, f"checksums/{table}") for table in ("transitions", "outbox", "payments", "orders")
}
"""By table: sums over groups of the rows in some of its pages. The sums of all pages add up to the table's."""

EDGES: Final = frozenset(edge[1:] for edge in edges())

MOVING: Final = frozenset({Verb.MOVE_AWAY, Verb.MOVE_BACK})
"""They change a payment's state and none of its times."""

STATE_OF_HELD_ORDER: Final[Mapping[str, str]] = {
    PaymentState.PENDING: OrderState.RESERVED,
    PaymentState.PAID: OrderState.PAID,
    PaymentState.REVERSED: OrderState.REFUNDED,
}
"""The state of a one-time order by the state of the payment that holds or paid it."""

HELD_STATE: Final[Mapping[str, str]] = {
    **{state: state for state in STATE_OF_HELD_ORDER.values()},
    OrderState.PARTIALLY_REFUNDED: OrderState.PAID,
}
"""As what a one-time order counts that a payment holds or has paid, by its own state."""


class TransitionSums(NamedTuple):
    illegal: int = 0
    """Number of transitions along no edge."""
    order_chain: int = 0
    payment_chain: int = 0
    order_times: int = 0
    payment_times: int = 0
    notes: int = 0
    receipts: int = 0
    events: int = 0
    refunds_reopened: int = 0
    """Of reversed payments, those whose order was reopened since."""
    first_of_last_day: int | None = None
    """A transition's id."""


class PaymentSums(NamedTuple):
    wrong_times: int = 0
    """Number of rows whose times don't fit their state or each other."""
    wrong_provider_times: int = 0
    payment_chain: int = 0
    payment_times: int = 0
    notes: int = 0
    receipts: int = 0
    """Of each payment as many as are stored; those that came may be more."""
    orders_held: int = 0
    totals: int = 0


class OrderSums(NamedTuple):
    illegal: int = 0
    """Number of balances in a state that only one-time orders have."""
    odd_expiries: int = 0
    """Number of rows whose expiry does not fit their state, or may not: a clock that was set back makes such, too."""
    order_chain: int = 0
    order_times: int = 0
    orders_held: int = 0
    totals: int = 0


class Sums(NamedTuple):
    transitions: TransitionSums
    outbox_events: int
    payments: PaymentSums
    orders: OrderSums


def sums_of(groups: Mapping[str, Iterable[Any]]) -> Sums:
    """Add up all groups of each table, in any order."""
    return Sums(
        _transition_sums(groups["transitions"]),
        _event_sum(groups["outbox"]),
        _payment_sums(groups["payments"]),
        _order_sums(groups["orders"]),
    )


def _transition_sums(groups: Iterable[Any]) -> TransitionSums:
    sums = TransitionSums()
    for group in groups:
        before, after = group.payment_from, group.payment_to
        edge = (group.verb, before or "", after or "", group.order_from or "", group.order_to)
        event = EVENTS.get((group.verb, after))
        order_chain = _weight(group.shop, group.order_to) * _exact(group.arrivals)
        payment_chain = order_times = payment_times = 0
        if group.order_from is None:
            order_times = _exact(group.times)
        else:
            order_chain -= _weight(group.shop, group.order_from) * _exact(group.departures)
        if before != after:
            payment_chain = (_weight(after) - (0 if before is None else _weight(before))) * _exact(group.payments)
        if before != after and group.verb not in MOVING:
            of_one_time = group.order_from != group.order_to
            payment_times = _weight(after, of_one_time) * _exact(group.times)
            payment_times -= _weight(PaymentState.CANCELLED, of_one_time) * _exact(group.undone_times)
        firsts = [first for first in (sums.first_of_last_day, group.first_of_last_day) if first is not None]
        sums = TransitionSums(
            illegal=sums.illegal + (group.misplaced if edge in EDGES else group.transitions),
            order_chain=sums.order_chain + order_chain,
            payment_chain=sums.payment_chain + payment_chain,
            order_times=sums.order_times + order_times + _weight(group.verb) * _exact(group.latest_times),
            payment_times=sums.payment_times + payment_times,
            notes=sums.notes + (_exact(group.payments) if group.verb == Verb.NOTE else 0),
            receipts=sums.receipts + (_exact(group.payments) if group.verb == Verb.FISCALISE else 0),
            events=sums.events + (0 if event is None else _weight(group.shop, event) * _exact(group.events)),
            refunds_reopened=sums.refunds_reopened
            + _weight(group.shop, OrderState.REFUNDED) * _exact(group.refunds_reopened),
            first_of_last_day=min(firsts, default=None),
        )
    return sums


def _event_sum(groups: Iterable[Any]) -> int:
    return sum(_weight(group.shop, group.event) * _exact(group.events) for group in groups)


def _payment_sums(groups: Iterable[Any]) -> PaymentSums:
    sums = PaymentSums()
    for group in groups:
        times = (
            _weight(PaymentState.PENDING, group.one_time) * _exact(group.created)
            + _weight(PaymentState.PAID, group.one_time) * _exact(group.performed)
            + _weight(group.state, group.one_time) * _exact(group.cancelled)
        )
        order_state = STATE_OF_HELD_ORDER.get(group.state) if group.one_time else None
        totals = _weight("payment_count") * _exact(group.counted)
        if (total := TOTAL_OF.get(group.state)) is not None:
            totals += _weight(total) * _exact(group.summed)
        sums = PaymentSums(
            wrong_times=sums.wrong_times + group.wrong_times,
            wrong_provider_times=sums.wrong_provider_times + group.wrong_provider_times,
            payment_chain=sums.payment_chain + _weight(group.state) * _exact(group.payments),
            payment_times=sums.payment_times + times,
            notes=sums.notes + _exact(group.notes),
            receipts=sums.receipts + _exact(group.receipts),
            orders_held=sums.orders_held
            + (0 if order_state is None else _weight(group.shop, order_state) * _exact(group.orders_held)),
            totals=sums.totals + totals,
        )
    return sums


def _order_sums(groups: Iterable[Any]) -> OrderSums:
    sums = OrderSums()
    for group in groups:
        weight, held_state = _weight(group.shop, group.state), HELD_STATE.get(group.state)
        one_time = group.kind == OrderKind.ONE_TIME
        times = _exact(group.times) + _weight(OrderVerb.AMEND) * _exact(group.amended)
        times += _weight(OrderVerb.REOPEN) * _exact(group.reopened)
        times += _weight(OrderVerb.DELIVER) * _exact(group.delivered)
        sums = OrderSums(
            illegal=sums.illegal + (group.orders if held_state and not one_time else 0),
            odd_expiries=sums.odd_expiries + group.odd_expiries,
            order_chain=sums.order_chain + weight * _exact(group.arrivals),
            order_times=sums.order_times + times,
            orders_held=sums.orders_held
            + (_weight(group.shop, held_state) * _exact(group.orders_held) if held_state and one_time else 0),
            totals=sums.totals + sum(_weight(total) * _exact(getattr(group, total)) for total in TOTALS),
        )
    return sums


@cache
def _weight(*words: object) -> int:
    """Make a number of 64 bits out of the words."""
    return int.from_bytes(blake2b(repr([str(word) for word in words]).encode(), digest_size=8).digest())


def _exact(total: Decimal | None) -> int:
    """Convert a sum of the database, which is NULL for no rows, without losing a digit."""
    return 0 if total is None else int(total)

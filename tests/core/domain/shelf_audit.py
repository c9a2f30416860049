"""What must hold of any books, whatever was asked of them: the invariants, of books that stand on a shelf."""

from collections import defaultdict
from datetime import datetime, timedelta

from core.domain.events import event_of, moment
from core.domain.state_tables import ORDER, PAYMENT, To
from core.domain.unit_of_work import Move, Payment
from schema.values import OrderState, OrderVerb, PaymentState
from tests.core.domain.shelf import LIFETIMES, Shelf

PATIENCE = timedelta(minutes=2)
"""Until a sweeper has come by, twice."""


def audit(shelf: Shelf, now: datetime) -> None:
    _one_time_orders_are_paid_once(shelf)
    _times_are_in_order(shelf, now)
    _moves_follow_the_tables(shelf)
    _events_agree(shelf)
    _names_are_unique(shelf)


def _one_time_orders_are_paid_once(shelf: Shelf) -> None:
    for order in shelf.orders.values():
        if order.one_time:
            states = [payment.state for payment in shelf.payments.values() if payment.order_id == order.id]
            live = [state for state in states if state in (PaymentState.PENDING, PaymentState.PAID)]
            assert len(live) <= 1, order
            assert (order.state is OrderState.PAID) == (PaymentState.PAID in live), order
            assert (order.state is OrderState.RESERVED) == (PaymentState.PENDING in live), order
            amounts = {p.amount for p in shelf.payments.values() if p.order_id == order.id}
            assert amounts <= {order.amount}, order


def _times_are_in_order(shelf: Shelf, now: datetime) -> None:
    for payment in shelf.payments.values():
        ended = payment.state in (PaymentState.CANCELLED, PaymentState.REVERSED)
        taken = payment.state in (PaymentState.PAID, PaymentState.REVERSED)
        assert (payment.performed_at is not None, payment.cancelled_at is not None) == (taken, ended), payment
        times = [at for at in (payment.created_at, payment.performed_at, payment.cancelled_at) if at is not None]
        assert times == sorted(times), payment
        overdue = now - payment.opened_at > LIFETIMES[payment.provider] + PATIENCE
        assert not (payment.state is PaymentState.PENDING and overdue), f"{payment} hangs"


def _moves_follow_the_tables(shelf: Shelf) -> None:
    versions: dict[int, int] = defaultdict(lambda: -1)
    orders: dict[int, OrderState] = {}
    payments: dict[int, Payment] = {}
    for move in shelf.moves:
        versions[move.order.id] += 1
        assert move.order.version == versions[move.order.id], f"{move} leaves a gap"
        assert orders.get(move.order.id) == move.order_was, f"{move} does not go on from the one before"
        orders[move.order.id] = move.order.state
        if move.payment is not None:
            _follows(payments.get(move.payment.id), move)
            payments[move.payment.id] = move.payment
        if move.order_was not in (None, move.order.state):
            edges = [ORDER[move.order.kind, move.order_was, verb] for verb in OrderVerb]
            assert To(move.order.state) in edges, move
    assert payments == shelf.payments
    assert {id_: (o.state, o.version) for id_, o in shelf.orders.items()} == {
        id_: (state, versions[id_]) for id_, state in orders.items()
    }


def _follows(before: Payment | None, move: Move) -> None:
    assert move.payment is not None
    assert (before.state if before else None) == move.payment_was, move
    if move.payment.state is not move.payment_was:
        times = (move.payment.cancelled_at, move.payment.performed_at, move.payment.created_at)
        assert move.at == next(at for at in times if at is not None), f"{move} was at another time than it says"
    if before is None:
        return
    assert PAYMENT[before.state, move.verb] == To(move.payment.state), move  # type: ignore[index]
    for name in ("amount", "order_id", "provider", "external_id", "created_at", "opened_at", "same_payment"):
        assert getattr(before, name) == getattr(move.payment, name), f"{move} changes {name}"
    assert before.performed_at in (None, move.payment.performed_at), move
    assert before.cancelled_at in (None, move.payment.cancelled_at), move


def _events_agree(shelf: Shelf) -> None:
    """Every move of a payment is an event, and its payload says what the books say."""
    for move in shelf.moves:
        event = event_of(move)
        assert move.payment is None or event is not None, move
        if event is not None and move.payment is not None:
            _, payload = event
            told = (payload["payment"]["state"], payload["payment"]["performed_at"], payload["order"]["version"])
            assert told == (move.payment.state, moment(move.payment.performed_at), move.order.version), move


def _names_are_unique(shelf: Shelf) -> None:
    names = [
        (payment.provider, name)
        for payment in shelf.payments.values()
        for name in (payment.external_id, *payment.also_known_as)
    ]
    assert len(names) == len(set(names))

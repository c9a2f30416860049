"""The invariants, checked on a store in memory: they hold whatever was asked of the core."""

from collections import defaultdict
from datetime import datetime, timedelta

from core.domain.events import event_of, moment
from core.domain.order_states import ORDER
from core.domain.outcomes import To
from core.domain.payment_states import PAYMENT
from core.domain.records import Order, Payment, Transition
from core.domain.transition import standing
from schema.values import OrderState, OrderVerb, PaymentState, Verb
from tests.core.domain.in_memory_store import NO_RECEIPTS, PERIODS, InMemoryStore

GRACE = timedelta(minutes=2)
"""Until a sweeper has come by, twice."""

LIVE = (PaymentState.PENDING, PaymentState.PAID)


def audit(store: InMemoryStore, now: datetime) -> None:
    _one_time_orders_are_paid_once(store)
    _totals_add_up(store)
    _refunded_until_reopened(store)
    _terms_change_with_an_amendment(store)
    _payments_are_of_the_amount_asked_for(store)
    _times_are_in_order(store, now)
    _transitions_follow_the_tables(store)
    _events_agree(store)
    _names_are_unique(store)


def _one_time_orders_are_paid_once(store: InMemoryStore) -> None:
    for order in store.orders.values():
        if order.one_time:
            states = [payment.state for payment in store.payments.values() if payment.order_id == order.id]
            live = [state for state in states if state in LIVE]
            assert len(live) <= 1, order
            assert (order.state is OrderState.PAID) == (PaymentState.PAID in live), order
            assert (order.state is OrderState.RESERVED) == (PaymentState.PENDING in live), order
            live_amounts = {p.amount for p in store.payments.values() if p.order_id == order.id and p.state in LIVE}
            assert live_amounts <= {order.amount}, order


def _totals_add_up(store: InMemoryStore) -> None:
    for order in store.orders.values():
        payments = [payment for payment in store.payments.values() if payment.order_id == order.id]
        paid, reversed_ = (
            sum(payment.amount for payment in payments if payment.state is state)
            for state in (PaymentState.PAID, PaymentState.REVERSED)
        )
        assert (order.payment_count, order.paid_total, order.reversed_total) == (len(payments), paid, reversed_), order


def _refunded_until_reopened(store: InMemoryStore) -> None:
    """Each reversal made it a refunded order, from which only reopening leads on."""
    for order in store.orders.values():
        if order.one_time:
            of_order = [p.state for p in store.payments.values() if p.order_id == order.id]
            left = of_order.count(PaymentState.REVERSED) - sum(
                transition.verb is OrderVerb.REOPEN and transition.order_before is OrderState.REFUNDED
                for transition in store.transitions
                if transition.order.id == order.id
            )
            assert left == (order.state is OrderState.REFUNDED), order


def _terms_change_with_an_amendment(store: InMemoryStore) -> None:
    """And with nothing else, but for the expiry that reopening sets."""
    before: dict[int, Order] = {}
    for transition in store.transitions:
        order = transition.order
        old = before.get(order.id, order)
        terms, old_terms = ((o.amount, o.min_amount, o.max_amount, o.expires_at) for o in (order, old))
        if transition.verb is OrderVerb.REOPEN:
            assert terms[:-1] == old_terms[:-1], transition
            assert order.reopened_at == transition.at, transition
        elif transition.verb is OrderVerb.AMEND:
            assert order.terms_at == transition.at, transition
        else:
            assert terms == old_terms, transition
        before[order.id] = order


def _payments_are_of_the_amount_asked_for(store: InMemoryStore) -> None:
    """When they begin, and when they are taken; a balance takes what was begun under its former limits, too."""
    for transition in store.transitions:
        order, payment = transition.order, transition.payment
        if payment is None or transition.verb not in (Verb.CREATE, Verb.PERFORM, Verb.REVIVE):
            continue
        if order.one_time:
            assert payment.amount == order.amount, transition
        elif transition.verb is not Verb.PERFORM:
            assert (order.min_amount or 1) <= payment.amount <= (order.max_amount or payment.amount), transition


def _times_are_in_order(store: InMemoryStore, now: datetime) -> None:
    for payment in store.payments.values():
        ended = payment.state in (PaymentState.CANCELLED, PaymentState.REVERSED)
        taken = payment.state in (PaymentState.PAID, PaymentState.REVERSED)
        assert (payment.performed_at is not None, payment.cancelled_at is not None) == (taken, ended), payment
        times = [at for at in (payment.created_at, payment.performed_at, payment.cancelled_at) if at is not None]
        assert times == sorted(times), payment
        hangs = payment.state is PaymentState.PENDING and now > PERIODS.ends_at(payment) + GRACE
        assert not hangs, payment


def _transitions_follow_the_tables(store: InMemoryStore) -> None:
    versions: dict[int, int] = defaultdict(lambda: -1)
    orders: dict[int, OrderState] = {}
    payments: dict[int, Payment] = {}
    for transition in store.transitions:
        versions[transition.order.id] += 1
        assert transition.order.version == versions[transition.order.id], f"{transition} leaves a gap"
        assert orders.get(transition.order.id) == transition.order_before, (
            f"{transition} does not go on from the one before"
        )
        orders[transition.order.id] = transition.order.state
        if transition.payment is not None:
            _follows(payments.get(transition.payment.id), transition)
            payments[transition.payment.id] = transition.payment
        if transition.order_before not in (None, transition.order.state):
            edges = [ORDER[transition.order.kind, transition.order_before, verb] for verb in OrderVerb]
            assert To(transition.order.state) in edges, transition
    rows = {id_: payment._replace(**NO_RECEIPTS) for id_, payment in store.payments.items()}
    assert {id_: payment._replace(**NO_RECEIPTS) for id_, payment in payments.items()} == rows
    assert {id_: (o.state, o.version) for id_, o in store.orders.items()} == {
        id_: (state, versions[id_]) for id_, state in orders.items()
    }


def _follows(before: Payment | None, transition: Transition) -> None:
    assert transition.payment is not None
    assert (before.state if before else None) == transition.payment_before, transition
    if transition.payment.state is not transition.payment_before:
        times = (transition.payment.cancelled_at, transition.payment.performed_at, transition.payment.created_at)
        assert transition.at == next(at for at in times if at is not None), (
            f"{transition} was at another time than it says"
        )
    if before is None:
        return
    assert PAYMENT[standing(before), transition.verb] == To(transition.payment.state), transition  # type: ignore[index]
    for name in ("amount", "order_id", "provider", "external_id", "created_at", "opened_at"):
        assert getattr(before, name) == getattr(transition.payment, name), f"{transition} changes {name}"
    assert before.payment_number in (None, transition.payment.payment_number), transition
    assert before.performed_at in (None, transition.payment.performed_at), transition
    if transition.verb is not Verb.REVIVE:
        assert before.cancelled_at in (None, transition.payment.cancelled_at), transition


def _events_agree(store: InMemoryStore) -> None:
    """Every transition of a payment is an event, and its payload says what the rows say."""
    for number, transition in enumerate(store.transitions):
        event = event_of(transition, number)
        assert transition.payment is None or event is not None, transition
        if event is not None and transition.payment is not None:
            _, payload = event
            data = payload["data"]
            in_payload = (data["payment"]["state"], data["payment"]["performed_at"], data["order"]["version"])
            assert in_payload == (
                transition.payment.state,
                moment(transition.payment.performed_at),
                transition.order.version,
            ), transition


def _names_are_unique(store: InMemoryStore) -> None:
    names = [
        (payment.provider, name)
        for payment in store.payments.values()
        for name in (payment.external_id, *payment.also_known_as)
    ]
    assert len(names) == len(set(names))

"""Random histories: whatever is asked, in whatever order and batch, the core does what the simple model says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

from core.answers import Answer, Done, Refused, Shown
from core.books import Payment
from core.commands import (
    Account,
    Attempt,
    Cancel,
    CloseOrder,
    Command,
    Create,
    DeliverOrder,
    Details,
    ExpireOrder,
    ExpirePayment,
    Fiscalise,
    LookUp,
    OpenOrder,
    Ours,
    Perform,
    Release,
    Theirs,
)
from core.states import ORDER, PAYMENT, To
from schema.values import OrderKind, OrderVerb, PaymentState, Provider, Tiyin
from tests.core.model import Model, ModelPayment
from tests.core.shelf import Shelf

SHOP = "main"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ACCOUNTS = ("once", "once-expiring", "balance", "unknown")
AMOUNT = 500_00

HISTORIES, STEPS, MOST_TOGETHER = 1_500, 40, 6
"""Together more than 100,000 commands on every run, in batches of one to six."""

account = st.sampled_from(ACCOUNTS)
amount = st.sampled_from((AMOUNT, AMOUNT, AMOUNT, AMOUNT + 1, 0))
name = st.sampled_from("abcd")
number = st.integers(1, 3)
leap = st.sampled_from(
    (
        timedelta(milliseconds=1),
        timedelta(minutes=7),
        timedelta(hours=1),
        timedelta(hours=1, milliseconds=1),
        timedelta(hours=12),
        timedelta(hours=12, milliseconds=1),
    )
)
request = st.one_of(
    st.tuples(st.just("open"), account, st.booleans()),
    st.tuples(st.just("create"), name, account, amount, st.sampled_from((0, 0, 0, 1, 13))),
    st.tuples(st.just("create"), name, account, st.just(AMOUNT), st.just(0)),
    st.tuples(st.just("attempt"), name, account, amount, number, st.sampled_from((False, False, False, True))),
    st.tuples(st.just("perform"), name),
    st.tuples(st.just("complete"), number, account, amount),
    st.tuples(st.just("cancel"), name),
    st.tuples(st.just("release"), number, account),
    st.tuples(st.just("look_up"), name),
    st.tuples(st.just("fiscalise"), name),
    st.tuples(st.just("expire_payment"), number, account),
    st.tuples(st.just("expire_order"), account),
    st.tuples(st.just("close"), account),
    st.tuples(st.just("deliver"), account),
)
batch = st.lists(request, min_size=1, max_size=MOST_TOGETHER)
step = st.one_of(leap, batch, batch, batch)


class History:
    """The core on a shelf beside the model."""

    def __init__(self) -> None:
        self.now = START
        self.shelf = Shelf()
        self.model = Model()
        self.commands = 0
        self.opened: dict[str, datetime] = {}
        """Payme repeats an id with the time that it had at first."""
        self.batch([("open", where, True) for where in ACCOUNTS[:3]])

    def batch(self, requests: list[tuple[Any, ...]]) -> None:
        """Both decide the same, and afterwards the books say the same."""
        commands = [self.command(*asked) for asked in requests]
        answers = self.shelf.decide(commands, self.now)
        for asked, command, answer in zip(requests, commands, answers, strict=True):
            assert word(answer) == self.expected(command, *asked), asked
        self.commands += len(commands)
        self.agree()

    def command(self, verb: str, *about: Any) -> Command:
        match verb, *about:
            case "open", where, usual:
                kind = OrderKind.ACCUMULATIVE if where == "balance" else OrderKind.ONE_TIME
                price = Tiyin(AMOUNT if usual else AMOUNT + 1) if kind is OrderKind.ONE_TIME else None
                return OpenOrder(at(where), kind, price, None, None, expiry(where), Details())
            case "create", name, where, price, hours:
                opened_at = self.opened.setdefault(name, self.now) - timedelta(hours=hours)
                return Create(theirs(name), at(where), price, opened_at, {"order_id": where})
            case "attempt", name, where, price, paydoc, declined:
                return Attempt(clicks(name, where), at(where), price, paydoc, declined, {})
            case "perform", name:
                return Perform(theirs(name), Provider.PAYME)
            case "complete", number, where, price:
                return Perform(self.ours(number, where), Provider.CLICK, price)
            case "cancel", name:
                return Cancel(theirs(name), Provider.PAYME, 5)
            case "release", number, where:
                return Release(self.ours(number, where), Provider.CLICK, -5017)
            case "look_up", name:
                return LookUp(theirs(name), Provider.PAYME)
            case "fiscalise", name:
                return Fiscalise(theirs(name), Provider.PAYME, "perform", {"receipt_id": 1})
            case "expire_payment", number, where:
                return ExpirePayment(self.ours(number, where))
            case "expire_order", where:
                return ExpireOrder(at(where))
            case "close", where:
                return CloseOrder(at(where))
            case "deliver", where:
                return DeliverOrder(at(where))
        raise AssertionError(verb)

    def expected(self, command: Command, verb: str, *about: Any) -> str:
        model, now = self.model, self.now
        match command:
            case OpenOrder(order, kind, price, _, _, expires_at):
                return model.open(order.account, kind is OrderKind.ONE_TIME, price or 0, expires_at)
            case Create(key, order, price, opened_at):
                return model.create(key.external_id, order.account, price, opened_at, now)
            case Attempt(key, order, price, paydoc, declined):
                return model.attempt(key.external_id, order.account, price, paydoc, declined, now)
            case Perform(Ours() as key, _, price):
                if key.account not in model.orders:
                    return "order_not_found"
                return model.perform(self.twin(key, "click"), now, price)
            case Release(key):
                return model.release(self.twin(key, "click"))
            case ExpirePayment(key):
                return model.expire_payment(self.twin(key), now)
            case ExpireOrder(order):
                return model.expire_order(order.account, now)
            case CloseOrder(order):
                return model.close(order.account)
            case DeliverOrder(order):
                return model.deliver(order.account, now)
        payment = model.named("payme", about[0])
        match command:
            case Perform():
                return model.perform(payment, now)
            case Cancel():
                return model.cancel(payment, now)
            case LookUp():
                return model.look_up(payment, now)
        return "ok" if payment else "payment_not_found"

    def ours(self, number: int, where: str) -> Ours:
        """One of the last few payments of the order by our own id, or an id that is nobody's."""
        order = next((o for o in self.shelf.orders.values() if o.account == where), None)
        ids = sorted(p.id for p in self.shelf.payments.values() if order and p.order_id == order.id)
        return Ours(SHOP, where, ids[-number] if number <= len(ids) else 999_999)

    def twin(self, key: Ours, provider: str | None = None) -> ModelPayment | None:
        """The model's payment for one of ours."""
        payment = self.shelf.payments.get(key.payment_id)
        found = payment and self.model.named(payment.provider, payment.external_id)
        return found if found and provider in (None, found.provider) else None

    def agree(self) -> None:
        for payment in self.shelf.payments.values():
            twin = self.model.named(payment.provider, payment.external_id)
            assert twin is not None
            assert (payment.state, payment.amount) == (twin.state, twin.amount)
            assert times_fit(payment)
        assert len(self.shelf.payments) == len(self.model.payments)
        for order in self.shelf.orders.values():
            assert order.state == self.model.state_of(order.account)
            live = [p for p in self.shelf.payments.values() if p.order_id == order.id and p.performed_at is None]
            assert not order.one_time or sum(p.state is PaymentState.PENDING for p in live) <= 1

    def audit_moves(self) -> None:
        """Every move goes along an edge of the tables, and an order's versions leave no gap."""
        versions: dict[int, int] = {}
        last: dict[int, PaymentState] = {}
        for move in self.shelf.moves:
            assert move.order.version == versions.get(move.order.id, -1) + 1
            versions[move.order.id] = move.order.version
            if move.payment is not None:
                assert last.get(move.payment.id) == move.payment_was
                if move.payment_was is not None:
                    assert PAYMENT[move.payment_was, move.verb] == To(move.payment.state)
                last[move.payment.id] = move.payment.state
            if move.order_was not in (None, move.order.state):
                edges = {ORDER[move.order.kind, move.order_was, verb] for verb in OrderVerb}
                assert To(move.order.state) in edges


def word(answer: Answer) -> str:
    if isinstance(answer, Refused):
        return str(answer.refusal)
    assert isinstance(answer, Done | Shown)
    return "repeat" if answer.repeat else "ok"


def times_fit(payment: Payment) -> bool:
    performed = payment.performed_at is not None
    cancelled = payment.cancelled_at is not None
    return (performed, cancelled) == {
        PaymentState.PENDING: (False, False),
        PaymentState.PAID: (True, False),
        PaymentState.CANCELLED: (False, True),
        PaymentState.REVERSED: (True, True),
    }[payment.state] and payment.created_at <= (payment.performed_at or payment.created_at) <= (
        payment.cancelled_at or payment.performed_at or payment.created_at
    )


def at(where: str) -> Account:
    return Account(SHOP, where)


def theirs(name: str) -> Theirs:
    return Theirs(SHOP, Provider.PAYME, name)


def clicks(name: str, where: str) -> Theirs:
    return Theirs(SHOP, Provider.CLICK, f"1:{name}:{where}")


def expiry(where: str) -> datetime | None:
    return START + timedelta(hours=6) if where == "once-expiring" else None


performed = 0


@settings(
    max_examples=HISTORIES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(step, min_size=STEPS, max_size=STEPS))
def run_histories(steps: list[Any]) -> None:
    global performed
    history = History()
    for asked in steps:
        if isinstance(asked, timedelta):
            history.now += asked
        else:
            history.batch(asked)
    history.audit_moves()
    performed += history.commands


def test_a_hundred_thousand_random_commands_do_what_the_model_says() -> None:
    run_histories()
    assert performed >= 100_000

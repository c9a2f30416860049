"""What a shop and the clock do to an order: the transition is recorded whole, a refusal with its own word."""

from datetime import timedelta

import pytest

from core.domain.answers import Refused, Shown
from core.domain.commands import CloseOrder, DeliverOrder, ExpireOrder, Perform
from core.domain.decide import decide
from core.domain.records import Transition
from core.domain.refusals import Refusal
from schema.values import Actor, OrderKind, OrderState, OrderVerb, Provider
from tests.core.domain.sample import (
    LATER,
    NOW,
    ORDER,
    ORDER_ID,
    PAYME_REF,
    creation,
    last_transition,
    no_orders,
    one_order,
    one_payment,
)

SOON = NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("command", "verb", "actor", "state", "delivered_at"),
    [
        (CloseOrder(ORDER), OrderVerb.CLOSE, Actor.SHOP, OrderState.CANCELLED, None),
        (ExpireOrder(ORDER), OrderVerb.EXPIRE, Actor.CLOCK, OrderState.EXPIRED, None),
        (DeliverOrder(ORDER), OrderVerb.DELIVER, Actor.SHOP, OrderState.AWAITING, LATER),
    ],
)
def test_a_transition_of_an_order_is_recorded_whole(command, verb, actor, state, delivered_at):
    work = one_order(OrderKind.ACCUMULATIVE, expires_at=SOON)
    before = work.orders[ORDER_ID]
    answer = decide(work, command, LATER)
    after = before._replace(state=state, version=1, changed_at=LATER, delivered_at=delivered_at)
    over = Refusal.ORDER_CANCELLED if state is OrderState.CANCELLED else Refusal.ORDER_EXPIRED
    assert answer == Shown(after, (), over, repeat=False)
    assert last_transition(work) == Transition(verb, actor, LATER, after, None, before.state, None)


def test_a_clock_set_back_puts_no_end_before_the_opening():
    work = one_order()
    decide(work, CloseOrder(ORDER), NOW - timedelta(hours=1))
    assert (last_transition(work).at, work.orders[ORDER_ID].changed_at) == (NOW, NOW)


@pytest.mark.parametrize("command", [CloseOrder(ORDER), ExpireOrder(ORDER), DeliverOrder(ORDER)])
def test_an_order_that_is_not_there(command):
    assert decide(no_orders(), command, NOW) == Refused(Refusal.ORDER_NOT_FOUND)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("command", [CloseOrder(ORDER), ExpireOrder(ORDER)])
def test_while_a_payment_is_pending_the_order_does_not_end(command, kind):
    work = one_order(kind, expires_at=SOON)
    decide(work, creation(), NOW)
    assert decide(work, command, LATER) == Refused(Refusal.ORDER_BUSY)


def test_goods_are_handed_over_no_earlier_than_they_were_paid():
    """On a clock that was set back."""
    work = one_payment()
    decide(work, Perform(PAYME_REF, Provider.PAYME), LATER)
    decide(work, DeliverOrder(ORDER), NOW)
    assert work.orders[ORDER_ID].delivered_at == LATER


def test_goods_are_handed_over_once_but_a_balance_again_and_again():
    work = one_payment()
    decide(work, Perform(PAYME_REF, Provider.PAYME), NOW)
    decide(work, DeliverOrder(ORDER), NOW)
    delivered = Shown(work.orders[ORDER_ID], (work.payments[11],), Refusal.ORDER_PAID, repeat=True)
    assert decide(work, DeliverOrder(ORDER), LATER) == delivered
    balance = one_order(OrderKind.ACCUMULATIVE)
    decide(balance, DeliverOrder(ORDER), NOW)
    decide(balance, DeliverOrder(ORDER), LATER)
    assert balance.orders[ORDER_ID].delivered_at == LATER


def test_an_order_ends_a_millisecond_after_its_last_moment():
    work = one_order(expires_at=SOON)
    assert decide(work, ExpireOrder(ORDER), SOON) == Shown(work.orders[ORDER_ID], (), unpayable=None, repeat=True)
    decide(work, ExpireOrder(ORDER), SOON + timedelta(milliseconds=1))
    assert work.orders[ORDER_ID].state is OrderState.EXPIRED

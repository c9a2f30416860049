"""The tables once more, as a rule for each verb: where it leads, where it is a repeat; elsewhere it is refused."""

import pytest

from core.domain.order_states import ORDER
from core.domain.outcomes import No, Same, To
from core.domain.payment_states import PAYMENT, Standing
from core.domain.refusals import Refusal
from schema.values import OrderKind, OrderState, OrderVerb, Verb

PENDING, PAID, ENDED, CANCELLED, REVERSED, MOVED = Standing

PAYMENT_LEADS = {
    Verb.CREATE: {},
    Verb.PERFORM: {PENDING: PAID},
    Verb.CANCEL: {PENDING: CANCELLED, PAID: REVERSED},
    Verb.RELEASE: {PENDING: CANCELLED, ENDED: CANCELLED},
    Verb.REVIVE: {ENDED: PAID},
    Verb.NOTE: {PENDING: PENDING},
    Verb.FISCALISE: {standing: standing for standing in Standing},
    Verb.GIVE_BACK: {PAID: PAID},
    Verb.REVERSE: {PAID: REVERSED},
    Verb.RECORD: {},
    Verb.TAKE_BACK: {PAID: REVERSED},
    Verb.MOVE_AWAY: {PAID: MOVED},
    Verb.MOVE_BACK: {MOVED: PAID},
}
PAYMENT_REPEATS = {
    Verb.CREATE: {PENDING},
    Verb.PERFORM: {PAID, MOVED},
    Verb.CANCEL: {ENDED, CANCELLED, REVERSED},
    Verb.RELEASE: {CANCELLED},
    Verb.REVIVE: {PAID, MOVED},
    Verb.REVERSE: {REVERSED},
    Verb.RECORD: {PAID},
    Verb.TAKE_BACK: {REVERSED},
    Verb.MOVE_AWAY: {MOVED},
    Verb.MOVE_BACK: {PAID},
}
PAID_TO_ITS_PROVIDER = {Verb.CREATE, Verb.RELEASE, Verb.NOTE}
NEED_MONEY = {Verb.GIVE_BACK, Verb.REVERSE, Verb.TAKE_BACK, Verb.MOVE_AWAY, Verb.MOVE_BACK}

AWAITING, RESERVED, PART = OrderState.AWAITING, OrderState.RESERVED, OrderState.PARTIALLY_REFUNDED
ORDER_LEADS = {
    OrderVerb.RESERVE: {AWAITING: RESERVED},
    OrderVerb.FREE: {RESERVED: AWAITING},
    OrderVerb.MARK_PAID: {AWAITING: OrderState.PAID, RESERVED: OrderState.PAID},
    OrderVerb.REFUND: {OrderState.PAID: OrderState.REFUNDED, PART: OrderState.REFUNDED},
    OrderVerb.OPEN: {},
    OrderVerb.CLOSE: {AWAITING: OrderState.CANCELLED},
    OrderVerb.EXPIRE: {AWAITING: OrderState.EXPIRED},
    OrderVerb.DELIVER: {OrderState.PAID: OrderState.PAID, PART: PART},
    OrderVerb.AMEND: {AWAITING: AWAITING},
    OrderVerb.REOPEN: dict.fromkeys((OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUNDED), AWAITING),
    OrderVerb.REFUND_PART: {OrderState.PAID: PART, PART: PART},
    OrderVerb.RECORD: {AWAITING: OrderState.PAID},
    OrderVerb.LET_GO: {OrderState.PAID: AWAITING},
    OrderVerb.ADOPT: {OrderState.ELSEWHERE: AWAITING},
}
EVERYWHERE_ELSE = {verb: set(OrderState) - set(ORDER_LEADS[verb]) for verb in OrderVerb}
ORDER_REPEATS = {
    OrderVerb.FREE: EVERYWHERE_ELSE[OrderVerb.FREE],
    OrderVerb.REFUND: EVERYWHERE_ELSE[OrderVerb.REFUND],
    OrderVerb.OPEN: {AWAITING, RESERVED},
    OrderVerb.CLOSE: {OrderState.CANCELLED},
    OrderVerb.EXPIRE: {OrderState.EXPIRED},
    OrderVerb.REOPEN: {AWAITING},
    OrderVerb.REFUND_PART: EVERYWHERE_ELSE[OrderVerb.REFUND_PART] - {OrderState.REFUNDED},
    OrderVerb.LET_GO: EVERYWHERE_ELSE[OrderVerb.LET_GO] - {PART},
    OrderVerb.ADOPT: EVERYWHERE_ELSE[OrderVerb.ADOPT],
}
"""What ends a payment never fails because of its order: there it either leads somewhere or changes nothing."""

BALANCE = {
    (AWAITING, OrderVerb.RESERVE): Same(),
    (AWAITING, OrderVerb.MARK_PAID): Same(),
    (AWAITING, OrderVerb.RECORD): Same(),
    (OrderState.CANCELLED, OrderVerb.MARK_PAID): Same(),
    (OrderState.EXPIRED, OrderVerb.MARK_PAID): Same(),
    (AWAITING, OrderVerb.DELIVER): To(AWAITING),
    (OrderState.CANCELLED, OrderVerb.DELIVER): To(OrderState.CANCELLED),
    (OrderState.EXPIRED, OrderVerb.DELIVER): To(OrderState.EXPIRED),
}
"""All that is different: paid any number of times, and what was begun goes on after its end."""


@pytest.mark.parametrize("verb", Verb)
def test_what_becomes_of_a_payment(verb):
    for standing in Standing:
        if standing in PAYMENT_LEADS[verb]:
            expected = To(PAYMENT_LEADS[verb][standing].state)
        elif standing in PAYMENT_REPEATS.get(verb, ()):
            expected = Same()
        else:
            expected = No(refusal_of_payment(standing, verb))
        assert PAYMENT[standing, verb] == expected, standing


def refusal_of_payment(standing: Standing, verb: Verb) -> Refusal:
    if standing is MOVED and verb in PAID_TO_ITS_PROVIDER:
        return Refusal.PAYMENT_PAID
    if standing is PENDING and verb in NEED_MONEY:
        return Refusal.PAYMENT_NOT_PAID
    return Refusal(f"payment_{standing.state}")


@pytest.mark.parametrize("verb", OrderVerb)
def test_what_becomes_of_a_one_time_order(verb):
    for state in OrderState:
        if state in ORDER_LEADS[verb]:
            expected = To(ORDER_LEADS[verb][state])
        elif state in ORDER_REPEATS.get(verb, ()):
            expected = Same()
        else:
            expected = No(refusal_of(state, verb))
        assert ORDER[OrderKind.ONE_TIME, state, verb] == expected, state


def refusal_of(state: OrderState, verb: OrderVerb) -> Refusal:
    """By the state, but for those that are no end: what is missing there depends on the verb."""
    if state is PART:
        return Refusal.PARTLY_REFUNDED if verb is OrderVerb.LET_GO else Refusal.ORDER_PAID
    if state not in (AWAITING, RESERVED):
        return Refusal(f"order_{state}")
    return Refusal.ORDER_NOT_PAID if verb is OrderVerb.DELIVER else Refusal.ORDER_BUSY


@pytest.mark.parametrize("verb", OrderVerb)
def test_what_is_different_for_a_balance(verb):
    for state in OrderState:
        one_time = ORDER[OrderKind.ONE_TIME, state, verb]
        assert ORDER[OrderKind.ACCUMULATIVE, state, verb] == BALANCE.get((state, verb), one_time), state

"""The tables once more, as a rule for each verb: where it leads, where it is a repeat; elsewhere it is refused."""

import pytest

from core.domain.refusals import Refusal
from core.domain.state_tables import ORDER, PAYMENT, No, Same, Standing, To
from schema.values import OrderKind, OrderState, OrderVerb, Verb

PENDING, PAID, ENDED, CANCELLED, REVERSED = Standing

PAYMENT_LEADS = {
    Verb.CREATE: {},
    Verb.PERFORM: {PENDING: PAID},
    Verb.CANCEL: {PENDING: CANCELLED, PAID: REVERSED},
    Verb.RELEASE: {PENDING: CANCELLED, ENDED: CANCELLED},
    Verb.REVIVE: {ENDED: PAID},
    Verb.NOTE: {PENDING: PENDING},
    Verb.FISCALISE: {standing: standing for standing in Standing},
}
PAYMENT_REPEATS = {
    Verb.CREATE: {PENDING},
    Verb.PERFORM: {PAID},
    Verb.CANCEL: {ENDED, CANCELLED, REVERSED},
    Verb.RELEASE: {CANCELLED},
    Verb.REVIVE: {PAID},
}

AWAITING, RESERVED = OrderState.AWAITING, OrderState.RESERVED
ORDER_LEADS = {
    OrderVerb.RESERVE: {AWAITING: RESERVED},
    OrderVerb.FREE: {RESERVED: AWAITING},
    OrderVerb.MARK_PAID: {AWAITING: OrderState.PAID, RESERVED: OrderState.PAID},
    OrderVerb.REFUND: {OrderState.PAID: OrderState.REFUNDED},
    OrderVerb.OPEN: {},
    OrderVerb.CLOSE: {AWAITING: OrderState.CANCELLED},
    OrderVerb.EXPIRE: {AWAITING: OrderState.EXPIRED},
    OrderVerb.DELIVER: {OrderState.PAID: OrderState.PAID},
    OrderVerb.AMEND: {AWAITING: AWAITING},
    OrderVerb.REOPEN: dict.fromkeys((OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUNDED), AWAITING),
}
EVERYWHERE_ELSE = {verb: set(OrderState) - set(ORDER_LEADS[verb]) for verb in OrderVerb}
ORDER_REPEATS = {
    OrderVerb.FREE: EVERYWHERE_ELSE[OrderVerb.FREE],
    OrderVerb.REFUND: EVERYWHERE_ELSE[OrderVerb.REFUND],
    OrderVerb.OPEN: {AWAITING, RESERVED},
    OrderVerb.CLOSE: {OrderState.CANCELLED},
    OrderVerb.EXPIRE: {OrderState.EXPIRED},
    OrderVerb.REOPEN: {AWAITING},
}
"""What ends a payment never fails because of its order: there it either leads somewhere or changes nothing."""

BALANCE = {
    (AWAITING, OrderVerb.RESERVE): Same(),
    (AWAITING, OrderVerb.MARK_PAID): Same(),
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
            expected = No(Refusal(f"payment_{standing.state}"))
        assert PAYMENT[standing, verb] == expected, standing


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
    if state not in (AWAITING, RESERVED):
        return Refusal(f"order_{state}")
    return Refusal.ORDER_NOT_PAID if verb is OrderVerb.DELIVER else Refusal.ORDER_BUSY


@pytest.mark.parametrize("verb", OrderVerb)
def test_what_is_different_for_a_balance(verb):
    for state in OrderState:
        one_time = ORDER[OrderKind.ONE_TIME, state, verb]
        assert ORDER[OrderKind.ACCUMULATIVE, state, verb] == BALANCE.get((state, verb), one_time), state

"""The tables are total: every state answers every verb, every transition that matters is an event."""

from itertools import product

from core.domain.events import EVENTS
from core.domain.order_states import ORDER
from core.domain.outcomes import To
from core.domain.payment_states import PAYMENT, Standing
from core.domain.transition import ORDER_VERB
from schema.later_words import LATER_WORDS
from schema.values import OrderKind, OrderState, OrderVerb, PaymentState, Verb


def test_every_payment_state_answers_every_verb():
    assert set(PAYMENT) == set(product(Standing, Verb))


def test_every_state_is_a_standing():
    assert {standing.state for standing in Standing} == set(PaymentState)


def test_every_order_state_answers_every_verb_for_both_kinds():
    assert set(ORDER) == set(product(OrderKind, OrderState, OrderVerb))


def test_final_states_stay_what_they_are():
    for final in (Standing.CANCELLED, Standing.REVERSED):
        reached = {outcome.state for verb in Verb if isinstance(outcome := PAYMENT[final, verb], To)}
        assert reached <= {final.state}


def test_only_a_revival_leads_out_of_an_end_of_ours():
    leaving = {verb for verb in Verb if PAYMENT[Standing.ENDED, verb] == To(PaymentState.PAID)}
    assert leaving == {Verb.REVIVE}


def test_only_cancel_gives_money_back():
    to_reversed = {verb for verb in Verb if PAYMENT[Standing.PAID, verb] == To(PaymentState.REVERSED)}
    assert to_reversed - set(LATER_WORDS) == {Verb.CANCEL}


def test_a_balance_is_never_reserved_paid_or_refunded():
    used_up = {OrderState.RESERVED, OrderState.PAID, OrderState.REFUNDED, OrderState.PARTIALLY_REFUNDED}
    for state, verb in product(set(OrderState) - used_up, OrderVerb):
        outcome = ORDER[OrderKind.ACCUMULATIVE, state, verb]
        assert not isinstance(outcome, To) or outcome.state not in used_up


def test_every_transition_of_a_payment_is_an_event():
    transitions = {(verb, outcome.state) for (_, verb), outcome in PAYMENT.items() if isinstance(outcome, To)}
    transitions |= {(Verb.CREATE, PaymentState.PENDING), (Verb.RECORD, PaymentState.PAID)}
    assert transitions == {(verb, state) for verb, state in EVENTS if state is not None}
    assert {(verb, after) for verb, _, after in ORDER_VERB} <= transitions

"""What happens to a payment: each transition is recorded whole, with who made it and what became of the order."""

from datetime import timedelta

import pytest

from core.domain.answers import Allowed, Done
from core.domain.commands import (
    Cancel,
    Check,
    Confirm,
    ExpirePayment,
    Fiscalise,
    LookUp,
    Perform,
    Release,
)
from core.domain.decide import decide
from core.domain.open_payment import check
from core.domain.receipts import Receipt, ReceiptFailure, receipt_changes
from core.domain.records import Payment, Transition
from schema.values import Actor, OrderState, PaymentState, Provider, Reason, Verb
from tests.core.domain.sample import (
    LATER,
    NOW,
    ORDER,
    ORDER_ID,
    PAYME_REF,
    PAYMENT_ID,
    PRICE,
    attempt,
    attempt_ref,
    creation,
    last_transition,
    one_order,
    one_payment,
    payment_ref,
)

LONG_AFTER = NOW + timedelta(days=1)
RECEIPT = Receipt("https://ofd.uz/?r=1", "8000", "EP25", "1", "20261122101530", {"receipt_id": 1})
FAILURE = ReceiptFailure("-1", "the OFD does not answer", {"status_code": -1})
CANCELLED = {"state": PaymentState.CANCELLED, "cancelled_at": LATER}

TRANSITIONS = {
    "Payme takes": (
        Provider.PAYME,
        Perform(PAYME_REF, Provider.PAYME),
        (Verb.PERFORM, Actor.PAYME, OrderState.PAID, {"state": PaymentState.PAID, "performed_at": LATER}),
    ),
    "Click takes": (
        Provider.CLICK,
        Confirm(attempt_ref(), PRICE),
        (Verb.PERFORM, Actor.CLICK, OrderState.PAID, {"state": PaymentState.PAID, "performed_at": LATER}),
    ),
    "Payme ends": (
        Provider.PAYME,
        Cancel(PAYME_REF, Provider.PAYME, 3),
        (Verb.CANCEL, Actor.PAYME, OrderState.AWAITING, CANCELLED | {"reason": 3}),
    ),
    "Click could not take": (
        Provider.CLICK,
        Release(attempt_ref(), -5017),
        (Verb.RELEASE, Actor.CLICK, OrderState.AWAITING, CANCELLED | {"reason": -5017}),
    ),
    "Payme's receipt": (
        Provider.PAYME,
        Fiscalise(PAYME_REF, Provider.PAYME, "perform", RECEIPT),
        (Verb.FISCALISE, Actor.PAYME, OrderState.RESERVED, receipt_changes("perform", RECEIPT)),
    ),
    "Payme's receipt of a refund": (
        Provider.PAYME,
        Fiscalise(PAYME_REF, Provider.PAYME, "cancel", RECEIPT),
        (Verb.FISCALISE, Actor.PAYME, OrderState.RESERVED, receipt_changes("cancel", RECEIPT)),
    ),
    "a receipt that failed": (
        Provider.PAYME,
        Fiscalise(PAYME_REF, Provider.PAYME, None, FAILURE),
        (Verb.FISCALISE, Actor.PAYME, OrderState.RESERVED, receipt_changes("perform", FAILURE)),
    ),
}


@pytest.mark.parametrize(("provider", "command", "expected"), TRANSITIONS.values(), ids=TRANSITIONS)
def test_a_transition_of_a_payment_is_recorded_whole(provider, command, expected):
    verb, actor, order_state, changes = expected
    work = one_payment(provider)
    before, order = work.payments[PAYMENT_ID], work.orders[ORDER_ID]
    answer = decide(work, command, LATER)
    after = before._replace(**changes)
    paid = PRICE if after.state is PaymentState.PAID else 0
    order_after = order._replace(state=order_state, version=2, changed_at=LATER, paid_total=paid)
    assert answer == Done(after, repeat=False)
    assert last_transition(work) == Transition(
        verb, actor, LATER, order_after, after, OrderState.RESERVED, PaymentState.PENDING
    )


@pytest.mark.parametrize(
    ("command", "actor"),
    [(LookUp(PAYME_REF, Provider.PAYME), Actor.CLOCK), (ExpirePayment(payment_ref()), Actor.CLOCK)],
    ids=["looked at", "swept"],
)
def test_a_lifetime_that_ran_out_is_ended_by_the_clock(command, actor):
    work = one_payment()
    before = work.payments[PAYMENT_ID]
    answer = decide(work, command, LONG_AFTER)
    after = before._replace(state=PaymentState.CANCELLED, cancelled_at=LONG_AFTER, reason=int(Reason.TIMEOUT))
    assert answer == Done(after, repeat=False)
    ended = last_transition(work)
    assert (ended.verb, ended.actor, ended.at, ended.payment) == (Verb.RELEASE, actor, LONG_AFTER, after)
    assert (ended.order_before, ended.payment_before) == (OrderState.RESERVED, PaymentState.PENDING)


@pytest.mark.parametrize("command", [LookUp(PAYME_REF, Provider.PAYME), ExpirePayment(payment_ref())])
def test_a_lifetime_that_has_not_run_out_changes_nothing(command):
    work = one_payment()
    assert decide(work, command, LATER) == Done(work.payments[PAYMENT_ID], repeat=True)
    assert len(work.transitions) == 2


def test_a_payment_that_is_opened_is_recorded_whole():
    work = one_order()
    order = work.orders[ORDER_ID]
    opened_at = NOW - timedelta(minutes=5)
    answer = decide(work, creation(opened_at=opened_at), LATER)
    payment = Payment(
        id=PAYMENT_ID,
        order_id=ORDER_ID,
        shop="main",
        provider=Provider.PAYME,
        external_id="a",
        amount=PRICE,
        state=PaymentState.PENDING,
        reason=None,
        opened_at=opened_at,
        created_at=LATER,
        account_received='{"order_id": "1001"}',
    )
    order_after = order._replace(state=OrderState.RESERVED, version=1, changed_at=LATER, payment_count=1)
    assert answer == Done(payment, repeat=False)
    assert last_transition(work) == Transition(
        Verb.CREATE, Actor.PAYME, LATER, order_after, payment, OrderState.AWAITING, None
    )


def test_what_is_given_back_counts_as_such():
    work = one_payment()
    for command in (Perform(PAYME_REF, Provider.PAYME), Cancel(PAYME_REF, Provider.PAYME, 5)):
        decide(work, command, LATER)
    order = work.orders[ORDER_ID]
    assert (order.payment_count, order.paid_total, order.reversed_total) == (1, 0, PRICE)


def test_an_attempt_that_is_opened_keeps_the_number_of_its_payment():
    work = one_order()
    decide(work, attempt(payment=77), LATER)
    opened = last_transition(work)
    assert opened.payment is not None
    assert (opened.actor, opened.payment.opened_at, opened.payment.payment_number) == (Actor.CLICK, LATER, 77)
    assert opened.payment.account_received == '{"merchant_trans_id": "1001"}'


def test_another_attempt_of_the_payment_number_is_one_more_name():
    work = one_payment(Provider.CLICK)
    before, order = work.payments[PAYMENT_ID], work.orders[ORDER_ID]
    answer = decide(work, attempt(2), LATER)
    after = before._replace(also_known_as=("54321:2:1001",))
    assert answer == Done(after, repeat=True)
    order_after = order._replace(version=2, changed_at=LATER)
    states = (OrderState.RESERVED, PaymentState.PENDING)
    assert last_transition(work) == Transition(Verb.NOTE, Actor.CLICK, LATER, order_after, after, *states)


def test_a_newer_payment_takes_the_place_of_an_older_attempt():
    work = one_payment(Provider.CLICK)
    answer = decide(work, attempt(2, payment=2), LATER)
    assert answer == Done(work.payments[PAYMENT_ID + 1], repeat=False)
    (ended, _), (opened, _) = work.transitions[-2:]
    assert ended.payment is not None
    assert (ended.actor, ended.payment.state, ended.payment.reason) == (
        Actor.CLOCK,
        PaymentState.CANCELLED,
        Reason.SUPERSEDED,
    )
    assert (opened.order.state, opened.order.version) == (OrderState.RESERVED, 3)


def test_a_check_shows_the_order_and_changes_nothing():
    work = one_order()
    decision = check(work, Check(ORDER, PRICE), NOW)
    assert (decision.answer, decision.transitions) == (Allowed(work.orders[ORDER_ID]), ())


def test_clicks_payment_may_be_taken_after_its_reservation():
    work = one_payment(Provider.CLICK)
    decide(work, Confirm(attempt_ref(), PRICE), LONG_AFTER)
    assert work.payments[PAYMENT_ID].state is PaymentState.PAID


def test_a_clock_set_back_puts_no_end_before_its_beginning():
    work = one_payment()
    decide(work, Perform(PAYME_REF, Provider.PAYME), NOW - timedelta(hours=1))
    payment = work.payments[PAYMENT_ID]
    assert payment.performed_at == payment.created_at


def test_a_clock_set_back_puts_no_refund_before_the_payment():
    work = one_payment()
    decide(work, Perform(PAYME_REF, Provider.PAYME), NOW + timedelta(hours=1))
    decide(work, Cancel(PAYME_REF, Provider.PAYME, 5), NOW)
    payment = work.payments[PAYMENT_ID]
    assert payment.cancelled_at == payment.performed_at == last_transition(work).at

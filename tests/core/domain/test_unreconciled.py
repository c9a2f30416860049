"""No time is over for a payment from before a restore; its provider takes it, and nobody else ends it."""

from datetime import timedelta

import pytest

from core.domain.answers import Done, Refused
from core.domain.commands import (
    Cancel,
    Check,
    CloseOrder,
    Confirm,
    ExpirePayment,
    LookUp,
    Perform,
    Release,
    ReleaseOrder,
)
from core.domain.decide import decide
from core.domain.errors import Unreconciled
from core.domain.open_payment import check
from core.domain.refusals import Refusal
from schema.values import OrderKind, PaymentState, Provider
from tests.core.domain.sample import (
    NOW,
    ORDER,
    PAYME_REF,
    PAYMENT_ID,
    PRICE,
    attempt,
    attempt_ref,
    creation,
    one_order,
    one_payment,
    payment_ref,
)

LATE = NOW + timedelta(days=3)
SOON = NOW + timedelta(hours=1)
AFTER_AN_HOUR = SOON + timedelta(minutes=1)
CLICK = Provider.CLICK


def strict(command):
    """The order's own time is over, too."""
    work = one_order(expires_at=SOON, strict_expiry=True)
    decide(work, command, NOW)
    return work


def from_before(work):
    work.reconciled_from = PAYMENT_ID + 1
    return work


def of_click():
    return one_payment(CLICK)


TAKEN = {
    "a Perform": (one_payment, Perform(PAYME_REF, Provider.PAYME)),
    "a Perform of an order with strict expiry": (
        lambda: strict(creation()),
        Perform(PAYME_REF, Provider.PAYME),
    ),
    "a Complete": (of_click, Confirm(attempt_ref(), PRICE)),
    "a Complete of an order with strict expiry": (lambda: strict(attempt()), Confirm(attempt_ref(), PRICE)),
    "a Complete of a balance": (lambda: one_payment(CLICK, OrderKind.ACCUMULATIVE), Confirm(attempt_ref(), PRICE)),
}


@pytest.mark.parametrize("name", TAKEN)
def test_it_is_taken_whatever_its_age(name):
    make, command = TAKEN[name]
    answer = decide(from_before(make()), command, LATE)
    assert (answer.payment.state, answer.repeat) == (PaymentState.PAID, False)


PENDING_STILL = {
    "a CheckTransaction": (one_payment, LookUp(PAYME_REF, Provider.PAYME)),
    "a Create again": (one_payment, creation()),
    "a Prepare again": (of_click, attempt()),
    "the sweeper": (one_payment, ExpirePayment(payment_ref())),
}


@pytest.mark.parametrize("name", PENDING_STILL)
def test_it_is_pending_still(name):
    make, command = PENDING_STILL[name]
    work = from_before(make())
    count = len(work.transitions)
    answer = decide(work, command, LATE)
    assert isinstance(answer, Done)
    assert (answer.payment.state, len(work.transitions)) == (PaymentState.PENDING, count)


@pytest.mark.parametrize("make", [one_payment, of_click])
@pytest.mark.parametrize("command", [creation("b", opened_at=LATE), attempt(2, payment=2)])
def test_nobody_takes_its_order_over(make, command):
    """Nor does the payer of it, who may have paid already."""
    answer = decide(from_before(make()), command, LATE)
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.ORDER_BUSY


def test_its_order_is_not_payable_by_another():
    decision = check(from_before(one_payment()), Check(ORDER, PRICE), LATE)
    assert decision.answer == Refused(Refusal.ORDER_BUSY)


AGAIN = {
    "the shop's release": (one_payment, ReleaseOrder(ORDER, PAYMENT_ID)),
    "the shop's withdrawal": (one_payment, CloseOrder(ORDER, release=True)),
    "a debit of an attempt that Payme took the order from": (
        lambda: taken_over(of_click()),
        Confirm(attempt_ref(), PRICE),
    ),
}


def taken_over(work):
    decide(work, creation("b", opened_at=AFTER_AN_HOUR), AFTER_AN_HOUR)
    return work


@pytest.mark.parametrize("name", AGAIN)
def test_what_would_end_it_is_to_be_asked_again(name):
    make, command = AGAIN[name]
    work = from_before(make())
    before = (dict(work.payments), len(work.transitions))
    with pytest.raises(Unreconciled):
        decide(work, command, AFTER_AN_HOUR)
    assert (work.payments, len(work.transitions)) == before


@pytest.mark.parametrize(
    ("make", "command"),
    [
        (one_payment, Cancel(PAYME_REF, Provider.PAYME, 3)),
        (of_click, Release(attempt_ref(), -5017)),
    ],
)
def test_its_provider_may_end_it(make, command):
    answer = decide(from_before(make()), command, LATE)
    assert answer.payment.state is PaymentState.CANCELLED


def test_what_was_begun_since_then_ends_in_time():
    work = one_payment()
    work.reconciled_from = PAYMENT_ID
    answer = decide(work, Perform(PAYME_REF, Provider.PAYME), LATE)
    assert answer.refusal is Refusal.PAYMENT_EXPIRED

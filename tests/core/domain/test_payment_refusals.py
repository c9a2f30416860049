"""A refusal carries the payment that it is about, where there is one, and changes nothing but what it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.answers import Done, Refused
from core.domain.commands import (
    Cancel,
    Confirm,
    DeliverOrder,
    ExpirePayment,
    ExternalPaymentRef,
    Fiscalise,
    LookUp,
    Perform,
    Release,
)
from core.domain.decide import decide
from core.domain.receipts import ReceiptFailure
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import MAX_AMOUNT, OrderKind, OrderState, PaymentState, Provider, Reason, Tiyin
from tests.core.domain.in_memory_store import PERIODS
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
    no_orders,
    one_order,
    one_payment,
    opening,
    payment_ref,
)

TWELVE_HOURS = timedelta(hours=12)
TAKE = Perform(PAYME_REF, Provider.PAYME)
TAKE_CLICKS = Confirm(attempt_ref(), PRICE)
GIVE_BACK = Cancel(PAYME_REF, Provider.PAYME, 5)
FAIL = Release(attempt_ref(), -1)
NOBODYS = ExternalPaymentRef("main", Provider.PAYME, "nobody's")

REFUSALS = {
    "Payme opens again what is paid": (Provider.PAYME, [TAKE], creation(), Refusal.PAYMENT_PAID),
    "Payme opens again what is cancelled": (Provider.PAYME, [GIVE_BACK], creation(), Refusal.PAYMENT_CANCELLED),
    "Payme opens again with another amount": (Provider.PAYME, [], creation(amount=PRICE + 1), Refusal.WRONG_AMOUNT),
    "Payme opens again at another time": (Provider.PAYME, [], creation(opened_at=LATER), Refusal.PAYMENT_DIFFERS),
    "Payme opens again for another order": (
        Provider.PAYME,
        [],
        replace(creation(), order=replace(ORDER, account="1002")),
        Refusal.PAYMENT_DIFFERS,
    ),
    "Payme takes what is cancelled": (Provider.PAYME, [GIVE_BACK], TAKE, Refusal.PAYMENT_CANCELLED),
    "Payme gives back what was handed over": (
        Provider.PAYME,
        [TAKE, DeliverOrder(ORDER)],
        GIVE_BACK,
        Refusal.ORDER_DELIVERED,
    ),
    "Click opens again what is paid": (Provider.CLICK, [TAKE_CLICKS], attempt(), Refusal.PAYMENT_PAID),
    "Click opens another attempt of what is paid": (Provider.CLICK, [TAKE_CLICKS], attempt(2), Refusal.PAYMENT_PAID),
    "Click opens again what has failed": (Provider.CLICK, [FAIL], attempt(), Refusal.PAYMENT_CANCELLED),
    "Click takes another amount": (
        Provider.CLICK,
        [],
        Confirm(attempt_ref(), PRICE + 1),
        Refusal.WRONG_AMOUNT,
    ),
    "Click fails what is paid": (Provider.CLICK, [TAKE_CLICKS], FAIL, Refusal.PAYMENT_PAID),
}


@pytest.mark.parametrize(("provider", "before", "command", "refusal"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_carries_its_payment_and_changes_nothing(provider, before, command, refusal):
    work = one_payment(provider)
    for earlier in before:
        decide(work, earlier, NOW)
    many = len(work.transitions)
    assert decide(work, command, NOW) == Refused(refusal, work.payments[PAYMENT_ID])
    assert len(work.transitions) == many


def test_an_attempt_of_a_balance_with_another_amount_carries_its_payment():
    """A one-time order refuses it earlier, for its own amount."""
    work = one_payment(Provider.CLICK, OrderKind.ACCUMULATIVE)
    for number in (1, 2):
        answer = decide(work, attempt(number, amount=PRICE + 1), NOW)
        assert answer == Refused(Refusal.WRONG_AMOUNT, work.payments[PAYMENT_ID])


@pytest.mark.parametrize("command", [TAKE, creation()], ids=["take", "open again"])
def test_a_lifetime_that_ran_out_is_refused_and_ended_all_the_same(command):
    work = one_payment()
    before = work.payments[PAYMENT_ID]
    moment = NOW + TWELVE_HOURS + timedelta(milliseconds=1)
    assert decide(work, command, moment) == Refused(Refusal.PAYMENT_EXPIRED, before)
    assert work.payments[PAYMENT_ID].cancelled_at == moment


def test_a_payment_of_an_order_that_was_paid_otherwise_is_refused_and_ended():
    sound = one_payment()
    order, payment = sound.orders[ORDER_ID], sound.payments[PAYMENT_ID]
    work = UnitOfWork(PERIODS)
    work.add_rows([order._replace(state=OrderState.PAID)], [payment])
    assert decide(work, TAKE, NOW) == Refused(Refusal.ORDER_PAID, payment)
    ended = work.payments[PAYMENT_ID]
    assert (ended.state, ended.reason) == (PaymentState.CANCELLED, Reason.EXECUTION_FAILED)


def test_a_debit_for_an_order_that_was_paid_otherwise_is_refused_for_good():
    sound = one_payment(Provider.CLICK)
    order, payment = sound.orders[ORDER_ID], sound.payments[PAYMENT_ID]
    work = UnitOfWork(PERIODS)
    work.add_rows([order._replace(state=OrderState.PAID)], [payment])
    answer = decide(work, TAKE_CLICKS, NOW)
    refused = work.payments[PAYMENT_ID]
    assert answer == Refused(Refusal.ORDER_PAID, refused)
    assert (refused.state, refused.reason) == (PaymentState.CANCELLED, Reason.DEBIT_REFUSED)


@pytest.mark.parametrize(
    "command",
    [
        Perform(NOBODYS, Provider.PAYME),
        Confirm(attempt_ref(99), PRICE),
        Confirm(attempt_ref(None, number=9), PRICE),
        Cancel(NOBODYS, Provider.PAYME, 3),
        Release(attempt_ref(99), -1),
        Release(attempt_ref(None, number=9), -1),
        LookUp(NOBODYS, Provider.PAYME),
        Fiscalise(NOBODYS, Provider.PAYME, None, ReceiptFailure(None, None, {})),
        ExpirePayment(payment_ref(99)),
    ],
)
def test_a_payment_that_is_not_there(command):
    assert decide(one_payment(), command, NOW) == Refused(Refusal.PAYMENT_NOT_FOUND)


@pytest.mark.parametrize("command", [Confirm(attempt_ref(), PRICE), Release(attempt_ref(), -1)])
def test_a_payment_of_the_other_provider_is_not_there(command):
    assert decide(one_payment(Provider.PAYME), command, NOW) == Refused(Refusal.PAYMENT_NOT_FOUND)


def test_a_payment_of_another_order_is_not_there():
    work = one_payment(Provider.CLICK)
    decide(work, opening(order=replace(ORDER, account="1002")), NOW)
    for account, refusal in (("1002", Refusal.PAYMENT_NOT_FOUND), ("1003", Refusal.ORDER_NOT_FOUND)):
        assert decide(work, Confirm(attempt_ref(account=account), PRICE), NOW) == Refused(refusal)


@pytest.mark.parametrize("command", [creation(), attempt()])
def test_an_order_that_is_not_there(command):
    assert decide(no_orders(), command, NOW) == Refused(Refusal.ORDER_NOT_FOUND)


def test_what_click_says_has_failed_is_not_opened():
    assert decide(one_order(), attempt(declined_reason=-5017), NOW) == Refused(Refusal.PAYMENT_DECLINED)


@pytest.mark.parametrize(
    ("limits", "fitting", "wrong"),
    [
        ({}, (1, 2, MAX_AMOUNT), (-1, 0, MAX_AMOUNT + 1)),
        ({"min_amount": Tiyin(100), "max_amount": Tiyin(9_000)}, (100, 9_000), (99, 9_001)),
    ],
)
def test_the_limits_of_a_balance(limits, fitting, wrong):
    for amount in fitting:
        assert isinstance(decide(one_order(OrderKind.ACCUMULATIVE, **limits), creation(amount=amount), NOW), Done)
    for amount in wrong:
        work = one_order(OrderKind.ACCUMULATIVE, **limits)
        assert decide(work, creation(amount=amount), NOW) == Refused(Refusal.WRONG_AMOUNT)

"""A provider's clock is believed within bounds: how far it may be ahead, and what a lifetime counts from."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.answers import Done, Refused
from core.domain.clock_skew import unusual_skew
from core.domain.commands import LookUp
from core.domain.decide import decide
from core.domain.refusals import Refusal
from schema.values import PaymentState, Provider, Reason
from tests.core.domain.sample import (
    LATER,
    NOW,
    ORDER,
    PAYME_REF,
    PAYMENT_ID,
    PRICE,
    attempt,
    creation,
    one_order,
    one_payment,
)

MILLISECOND, MINUTE, HOUR = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(hours=1)
TWELVE_HOURS = 12 * HOUR


@pytest.mark.parametrize("ahead", [MINUTE, HOUR - MILLISECOND, HOUR])
def test_a_time_ahead_is_kept_as_it_came(ahead):
    answer = decide(one_order(), creation(opened_at=NOW + ahead), NOW)
    assert isinstance(answer, Done)
    assert (answer.payment.opened_at, answer.payment.created_at) == (NOW + ahead, NOW)


@pytest.mark.parametrize("ahead", [HOUR + MILLISECOND, timedelta(days=1), timedelta(days=250 * 365)])
def test_a_time_too_far_ahead_is_refused_and_nothing_is_opened(ahead):
    work = one_order()
    assert decide(work, creation(opened_at=NOW + ahead), NOW) == Refused(Refusal.PAYMENT_FROM_FUTURE)
    assert (len(work.transitions), work.payments) == (1, {})


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (replace(creation(), order=replace(ORDER, account="1002")), Refusal.ORDER_NOT_FOUND),
        (creation(amount=PRICE + 1), Refusal.WRONG_AMOUNT),
    ],
)
def test_what_is_wrong_with_the_order_or_the_amount_comes_first(command, refusal):
    assert decide(one_order(), replace(command, opened_at=NOW + 2 * HOUR), NOW) == Refused(refusal)


def test_an_order_that_is_held_is_busy_whatever_the_time():
    command = creation("b", opened_at=NOW + 2 * HOUR)
    assert decide(one_payment(), command, NOW) == Refused(Refusal.ORDER_BUSY)


def test_a_refused_time_does_not_end_an_expired_holder():
    work, late = one_payment(), NOW + TWELVE_HOURS + MILLISECOND
    before = work.payments[PAYMENT_ID]
    assert decide(work, creation("b", opened_at=late + 2 * HOUR), late) == Refused(Refusal.PAYMENT_FROM_FUTURE)
    assert work.payments == {PAYMENT_ID: before}


def test_a_repeat_is_no_new_payment_wherever_our_clock_stands():
    work = one_order()
    decide(work, creation(opened_at=NOW + HOUR), NOW)
    again = decide(work, creation(opened_at=NOW + HOUR), NOW - MINUTE)
    assert again == Done(work.payments[PAYMENT_ID], repeat=True)


@pytest.mark.parametrize("ahead", [HOUR, MINUTE, timedelta(0), -MINUTE, -HOUR])
def test_a_lifetime_counts_from_the_earlier_moment(ahead):
    work = one_order()
    decide(work, creation(opened_at=NOW + ahead), NOW)
    end, looks = NOW + min(ahead, timedelta(0)) + TWELVE_HOURS, LookUp(PAYME_REF, Provider.PAYME)
    for moment, state, reason in (
        (end, PaymentState.PENDING, None),
        (end + MILLISECOND, PaymentState.CANCELLED, Reason.TIMEOUT),
    ):
        decide(work, looks, moment)
        assert (work.payments[PAYMENT_ID].state, work.payments[PAYMENT_ID].reason) == (state, reason)


@pytest.mark.parametrize(
    ("ahead", "direction"),
    [
        (timedelta(0), None),
        (2 * MINUTE, None),
        (-2 * MINUTE, None),
        (2 * MINUTE + MILLISECOND, "ahead"),
        (-2 * MINUTE - MILLISECOND, "behind"),
        (HOUR, "ahead"),
        (-TWELVE_HOURS, "behind"),
    ],
)
def test_two_minutes_either_way_are_usual(ahead, direction):
    work = one_order()
    decide(work, creation(opened_at=NOW + ahead), NOW)
    assert unusual_skew(work.payments[PAYMENT_ID]) == direction


def test_a_payment_that_is_stamped_by_our_own_clock_has_no_skew():
    work = one_order()
    decide(work, attempt(), LATER)
    assert unusual_skew(work.payments[PAYMENT_ID]) is None

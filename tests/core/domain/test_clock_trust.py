"""By a clock that is not trusted nothing is ended and nothing refused for its time; all else goes on."""

from datetime import timedelta

import pytest

from core.domain.answers import Done, Refused, Shown
from core.domain.clock_trust import ClockTrust, clock_trust
from core.domain.commands import (
    AmendOrder,
    Cancel,
    CloseOrder,
    Confirm,
    ExpireOrder,
    ExpirePayment,
    LookUp,
    Perform,
    Release,
    ReleaseOrder,
    ReopenOrder,
)
from core.domain.decide import decide
from core.domain.errors import ClockDisagrees
from schema.values import Provider
from tests.core.domain.sample import (
    NOW,
    ORDER,
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

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATE = NOW + 13 * HOUR
SOON = NOW + HOUR
CLICK = Provider.CLICK


def expiring(**more):
    return one_order(expires_at=SOON, **more)


def begun(work, command):
    decide(work, command, NOW)
    return work


BY_THE_CLOCK = {
    "a Perform past its lifetime": (one_payment, Perform(PAYME_REF, Provider.PAYME)),
    "a CheckTransaction past it": (one_payment, LookUp(PAYME_REF, Provider.PAYME)),
    "a Create again past it": (one_payment, creation()),
    "a Create that came late": (one_order, creation()),
    "a Create from the future": (one_order, creation(opened_at=LATE + HOUR + SECOND)),
    "a Create that takes an order over": (one_payment, creation("b", opened_at=LATE)),
    "the sweeper at a payment": (one_payment, ExpirePayment(payment_ref())),
    "the sweeper at an order": (expiring, ExpireOrder(ORDER)),
    "a Create of an expired order": (expiring, creation(opened_at=LATE)),
    "a Prepare of an expired order": (expiring, attempt()),
    "a Complete after a strict expiry": (
        lambda: begun(expiring(strict_expiry=True), attempt()),
        Confirm(attempt_ref(), PRICE),
    ),
    "a late Complete with another amount": (lambda: one_payment(CLICK), Confirm(attempt_ref(), PRICE + 1)),
    "an opening again of an expired order": (expiring, opening(expires_at=SOON)),
    "an opening whose expiry has passed": (no_orders, opening(expires_at=SOON)),
    "an amendment of an expired order": (expiring, AmendOrder(ORDER, {"amount": PRICE + 1})),
    "a reopening of an expired order": (expiring, ReopenOrder(ORDER, None, keeps_expiry=False)),
    "a withdrawal past the holder's lifetime": (one_payment, CloseOrder(ORDER)),
    "a release": (one_payment, ReleaseOrder(ORDER, PAYMENT_ID)),
}


@pytest.mark.parametrize("name", BY_THE_CLOCK)
def test_what_ends_or_refuses_because_time_has_passed_waits(name):
    make, command = BY_THE_CLOCK[name]
    trusted = make()
    decide(trusted, command, LATE)
    assert trusted.relies_on_clock
    for trust in (ClockTrust.OPENINGS, ClockTrust.NOTHING):
        work = make()
        before = (dict(work.orders), dict(work.payments), len(work.transitions))
        work.clock_trust = trust
        with pytest.raises(ClockDisagrees):
            decide(work, command, LATE)
        assert (work.orders, work.payments, len(work.transitions)) == before


def test_a_release_relies_on_the_clock_as_soon_as_it_is_granted():
    work = one_payment()
    decide(work, ReleaseOrder(ORDER, PAYMENT_ID), NOW + MINUTE)
    assert not work.relies_on_clock
    decide(work, ReleaseOrder(ORDER, PAYMENT_ID), NOW + 11 * MINUTE)
    assert work.relies_on_clock


WHATEVER_THE_CLOCK = {
    "a Perform": (one_payment, Perform(PAYME_REF, Provider.PAYME), Done),
    "a Cancel": (one_payment, Cancel(PAYME_REF, Provider.PAYME, 3), Done),
    "a CheckTransaction": (one_payment, LookUp(PAYME_REF, Provider.PAYME), Done),
    "a Create again": (one_payment, creation(), Done),
    "a Complete": (lambda: one_payment(CLICK), Confirm(attempt_ref(), PRICE), Done),
    "a Complete that failed": (lambda: one_payment(CLICK), Release(attempt_ref(), -5017), Done),
    "a newer Prepare": (lambda: one_payment(CLICK), attempt(2, payment=1), Done),
    "a Perform of nothing": (one_order, Perform(PAYME_REF, Provider.PAYME), Refused),
    "a busy order": (one_payment, creation("b"), Refused),
    "an opening again": (one_order, opening(), Shown),
}


@pytest.mark.parametrize("name", WHATEVER_THE_CLOCK)
def test_what_no_time_decides_goes_on(name):
    make, command, answer = WHATEVER_THE_CLOCK[name]
    for trust in ClockTrust:
        work = make()
        work.clock_trust = trust
        assert isinstance(decide(work, command, NOW + MINUTE), answer)
        assert not work.relies_on_clock


@pytest.mark.parametrize(("make", "command"), [(one_order, creation()), (one_order, attempt()), (no_orders, opening())])
def test_only_a_clock_that_is_hours_wrong_opens_nothing(make, command):
    work = make()
    work.clock_trust = ClockTrust.NOTHING
    count = len(work.transitions)
    with pytest.raises(ClockDisagrees):
        decide(work, command, NOW)
    assert len(work.transitions) == count
    work.clock_trust = ClockTrust.OPENINGS
    assert isinstance(decide(work, command, NOW), Done | Shown)


def test_an_order_that_is_known_to_have_expired_needs_no_clock():
    work = expiring()
    decide(work, ExpireOrder(ORDER), LATE)
    work.clock_trust, work.relies_on_clock = ClockTrust.NOTHING, False
    assert isinstance(decide(work, creation(opened_at=LATE), LATE), Refused)
    assert not work.relies_on_clock


@pytest.mark.parametrize("sign", [-1, 1], ids=["behind", "ahead"])
def test_the_bounds(sign):
    nothing = timedelta()
    assert clock_trust(nothing, nothing) is ClockTrust.EVERYTHING
    assert clock_trust(sign * 30 * SECOND, nothing) is ClockTrust.EVERYTHING
    assert clock_trust(sign * 31 * SECOND, nothing) is ClockTrust.OPENINGS
    assert clock_trust(sign * HOUR, nothing) is ClockTrust.OPENINGS
    assert clock_trust(sign * (HOUR + SECOND), nothing) is ClockTrust.NOTHING
    assert clock_trust(sign * 31 * SECOND, SECOND) is ClockTrust.EVERYTHING, "it may be the answer's delay"


def test_a_command_is_given_again_when_the_clock_is_right():
    work = one_payment()
    work.clock_trust = ClockTrust.OPENINGS
    with pytest.raises(ClockDisagrees):
        decide(work, Perform(PAYME_REF, Provider.PAYME), LATE)
    work.clock_trust = ClockTrust.EVERYTHING
    assert isinstance(decide(work, Perform(PAYME_REF, Provider.PAYME), NOW + MINUTE), Done)

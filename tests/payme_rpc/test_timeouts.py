"""Twelve hours, counted from Payme's own moment or ours, and how far Payme's may be ahead: T1 to T8."""

import pytest

from schema.values import to_ms
from tests.actors.payme import OK, creation
from tests.payme_rpc.calls import A, B

LIFETIME = 43_200_000
MINUTE, HOUR = 60_000, 3_600_000
LATEST = 9_999_999_999_999
"""The last moment of thirteen digits."""


@pytest.fixture(autouse=True)
async def pending(payme, order, now):
    """Transaction A of order 1001 begins now."""
    await payme.creates(A, now)


async def _looks_timed_out(payme, at):
    looked = await payme.looks_at(A)
    return [looked[name] for name in ("state", "reason", "perform_time", "cancel_time")] == [-1, 4, 0, at]


async def test_the_last_millisecond_is_inside(payme, clock):  # T1
    clock.advance(milliseconds=LIFETIME)
    assert (await payme.performs(A))["state"] == 2


async def test_perform_after_twelve_hours_cancels_and_refuses(payme, shop, now, clock):  # T2
    clock.advance(milliseconds=LIFETIME + 1)
    assert await payme.performs(A) == -31008
    assert await shop.states() == [("cancelled", "awaiting")]  # refused, yet kept
    assert await _looks_timed_out(payme, now + LIFETIME + 1)


async def test_create_after_twelve_hours_cancels_and_refuses(payme, shop, now, clock):  # T3
    clock.advance(milliseconds=LIFETIME + 1)
    assert await payme.creates(A, now) == -31008
    assert await shop.states() == [("cancelled", "awaiting")]
    assert await _looks_timed_out(payme, now + LIFETIME + 1)


async def test_after_that_the_order_is_payable(payme, clock):  # T4
    clock.advance(milliseconds=LIFETIME + 1)
    await payme.performs(A)
    assert await payme.checks() == {"allow": True}
    assert (await payme.creates(B, to_ms(clock.now())))["state"] == 1


async def test_a_new_transaction_takes_the_place_of_an_expired_one(payme, now, clock):  # T5
    clock.advance(milliseconds=LIFETIME + 1)
    assert (await payme.creates(B, to_ms(clock.now())))["state"] == 1
    assert await _looks_timed_out(payme, now + LIFETIME + 1)


async def test_a_check_of_an_expired_transaction_ends_it(payme, shop, now, clock):  # T6
    clock.advance(milliseconds=LIFETIME + 1)
    assert await _looks_timed_out(payme, now + LIFETIME + 1)
    assert await shop.states() == [("cancelled", "awaiting")]


async def test_a_cancel_of_an_expired_transaction_has_its_own_reason(payme, clock):  # T7
    clock.advance(milliseconds=LIFETIME + 1)
    assert (await payme.cancels(A, reason=3))["state"] == -1
    assert (await payme.looks_at(A))["reason"] == 3


async def test_the_time_counts_from_paymes_moment_if_that_was_earlier(payme, shop, now, clock):
    await shop.opens("1002", amount=OK)
    await payme.creates(B, now - HOUR, "1002")
    clock.advance(hours=11, milliseconds=1)
    assert await payme.performs(B) == -31008


@pytest.mark.parametrize("ahead", [MINUTE, HOUR])
async def test_a_clock_ahead_of_ours_does_not_make_a_payment_live_longer(payme, shop, now, clock, ahead):  # T8
    await shop.opens("1002", amount=OK)
    created = await payme.creates(B, now + ahead, "1002")
    assert (created["state"], created["create_time"]) == (1, now)
    clock.advance(milliseconds=LIFETIME + 1)
    assert await payme.performs(B) == -31008
    ended = await payme.looks_at(B)
    assert [ended[name] for name in ("state", "reason", "cancel_time")] == [-1, 4, now + LIFETIME + 1]


@pytest.mark.parametrize("ahead", [MINUTE, HOUR])
async def test_the_last_millisecond_from_our_moment_is_inside(payme, shop, now, clock, ahead):  # T8
    await shop.opens("1002", amount=OK)
    await payme.creates(B, now + ahead, "1002")
    clock.advance(milliseconds=LIFETIME)
    assert (await payme.performs(B))["state"] == 2


@pytest.mark.parametrize("time", [lambda now: now + HOUR + 1, lambda now: LATEST], ids=["an hour", "for ever"])
async def test_a_time_more_than_an_hour_ahead_is_refused_and_not_written(payme, shop, now, time):  # T8
    await shop.opens("1002", amount=OK)
    answer = await payme.answers("CreateTransaction", **creation(B, time(now), "1002"))
    assert answer["error"] == {
        "code": -31008,
        "message": {
            "ru": "Время платежа опережает наши часы больше чем на час: проверьте часы и начните платёж заново",
            "uz": "To‘lov vaqti soatimizdan bir soatdan ko‘p oldinda: soatni tekshirib, to‘lovni qayta boshlang",
            "en": "The payment's time is more than an hour ahead of our clock: check the clocks and start again",
        },
    }
    assert await payme.looks_at(B) == -31003
    assert await shop.states() == [(None, "awaiting"), ("pending", "reserved")]


async def test_the_same_call_is_taken_as_soon_as_our_clock_is_near_enough(payme, shop, now, clock):
    await shop.opens("1002", amount=OK)
    assert await payme.creates(B, now + HOUR + 1, "1002") == -31008
    clock.advance(milliseconds=1)
    assert (await payme.creates(B, now + HOUR + 1, "1002"))["state"] == 1


async def test_a_repeat_is_answered_as_the_first_time_though_our_clock_was_set_back(payme, shop, now, clock):
    await shop.opens("1002", amount=OK)
    first = await payme.says_twice("CreateTransaction", **creation(B, now + HOUR, "1002"))
    clock.advance(minutes=-5)
    assert await payme.creates(B, now + HOUR, "1002") == first


async def test_microseconds_are_no_time(payme, shop, now):
    await shop.opens("1002", amount=OK)
    assert await payme.creates(B, now * 1000, "1002") == -32600
    assert await payme.looks_at(B) == -31003

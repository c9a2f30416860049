"""Twelve hours, counted from Payme's own moment: T1 to T7 (Payme, "CreateTransaction")."""

import pytest

from schema.values import to_ms
from tests.payme_rpc.calls import A, B

LIFETIME = 43_200_000


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


async def test_the_time_counts_from_paymes_moment_not_from_ours(payme, shop, now, clock):
    await shop.opens("1002", amount=5_000_000)
    await payme.creates(B, now - 3_600_000, "1002")
    clock.advance(hours=11, milliseconds=1)
    assert await payme.performs(B) == -31008

"""How long a transaction holds its order: PAYME_RESERVATION permits a new attempt to take it over, T10 and O7k."""

import pytest

from core import moment_text
from schema.values import Reason, to_ms
from tests.actors.payme import OK
from tests.payme_rpc.calls import A, B

BUSY = -31053
HALF_AN_HOUR = 1_800_000

pytestmark = pytest.mark.settings(PAYME_RESERVATION="1800")


@pytest.fixture(autouse=True)
async def pending(payme, order, now):
    """Transaction A of order 1001 begins now."""
    await payme.creates(A, now)


async def reasons(shop):
    return [(payment["state"], payment["reason"]) for payment in (await shop.shows("1001"))["payments"]]


async def test_until_then_a_new_one_is_refused(payme, shop, click, clock):
    clock.advance(milliseconds=HALF_AN_HOUR)
    assert await payme.checks() == BUSY
    assert await payme.creates(B, to_ms(clock.now())) == BUSY
    assert (await click.prepares("1001", "50000"))["error"] == -9
    assert await reasons(shop) == [("pending", None)]


async def test_t10_after_it_a_new_transaction_takes_the_order_over(payme, shop, clock):
    clock.advance(milliseconds=HALF_AN_HOUR + 1)
    assert await payme.checks() == {"allow": True}
    assert (await payme.creates(B, to_ms(clock.now())))["state"] == 1
    assert await payme.performs(A) == -31008
    looked = await payme.looks_at(A)
    assert (looked["state"], looked["reason"], looked["cancel_time"]) == (-1, 4, to_ms(clock.now()))
    assert (await payme.performs(B))["state"] == 2
    assert await reasons(shop) == [("cancelled", Reason.TIMEOUT), ("paid", None)]


async def test_o7k_a_prepare_takes_the_order_over(payme, shop, click, clock):
    clock.advance(milliseconds=HALF_AN_HOUR + 1)
    await click.pays("1001", "50000")
    assert await payme.performs(A) == -31008
    assert await reasons(shop) == [("cancelled", Reason.TIMEOUT), ("paid", None)]


async def test_a_prepare_that_is_refused_ends_nothing(payme, shop, click, clock):
    clock.advance(milliseconds=HALF_AN_HOUR + 1)
    assert (await click.prepares("1001", "1"))["error"] == -2
    assert await payme.checks(amount=1) == -31001
    assert await payme.creates(B, to_ms(clock.now()), amount=1) == -31001
    assert await reasons(shop) == [("pending", None)]
    assert (await payme.performs(A))["state"] == 2


async def test_until_somebody_comes_it_goes_on(payme, shop, core, clock):
    clock.advance(hours=12)
    await core.sweeper.sweep()
    assert await reasons(shop) == [("pending", None)]
    assert (await payme.performs(A))["state"] == 2


async def test_the_answer_says_when_it_ends_by_itself(shop, clock):
    shown = await shop.shows("1001")
    clock.advance(hours=12)
    assert shown["reserved_until"] == moment_text(clock.now())


async def test_it_counts_from_our_own_moment(payme, shop, clock):
    await shop.opens("1002", OK)
    await payme.creates(B, to_ms(clock.now()) - HALF_AN_HOUR, "1002")
    assert await payme.checks("1002") == BUSY
    clock.advance(milliseconds=HALF_AN_HOUR + 1)
    assert await payme.checks("1002") == {"allow": True}


async def test_a_late_debit_of_clicks_takes_nothing_over(payme, shop, click, core, clock):
    await shop.opens("1002")
    prepare_id = (await click.prepares("1002"))["merchant_prepare_id"]
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    await payme.creates(B, to_ms(clock.now()), "1002", 500_00)
    clock.advance(hours=1)
    assert (await click.completes(prepare_id, "1002"))["error"] == -9
    assert (await payme.performs(B))["state"] == 2


async def test_a_transaction_of_a_balance_is_taken_over_by_nobody(payme, shop, clock):
    await shop.opens("1002", None, kind="accumulative")
    await payme.creates(B, to_ms(clock.now()), "1002")
    clock.advance(hours=1)
    await payme.creates("5f3c", to_ms(clock.now()), "1002")
    assert (await payme.performs(B))["state"] == (await payme.performs("5f3c"))["state"] == 2

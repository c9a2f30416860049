"""What nobody ends is ended: expired payments and orders, however many, by one process at a time."""

import asyncio
from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.actors.payme import creation, new_id
from tests.other_sessions import holding


async def test_an_expired_payme_payment_is_ended(core, payme, shop, clock):
    await shop.opens("1001", 5_000_000)
    await payme.says("CreateTransaction", **creation("a" * 24, to_ms(clock())))
    clock.advance(hours=12)
    assert await core.sweeper.sweep() == 0
    clock.advance(milliseconds=1)
    assert await core.sweeper.sweep() == 1
    assert await shop.states() == [("cancelled", "awaiting")]
    assert await shop.events() == ["payment.created", "payment.cancelled"]


async def test_a_payment_whose_time_was_ahead_is_ended_twelve_hours_after_ours(core, payme, shop, clock):
    await shop.opens("1001", 5_000_000)
    await payme.says("CreateTransaction", **creation("a" * 24, to_ms(clock()) + 59 * 60_000))
    clock.advance(hours=12)
    assert await core.sweeper.sweep() == 0
    clock.advance(milliseconds=1)
    assert await core.sweeper.sweep() == 1
    assert await shop.states() == [("cancelled", "awaiting")]


async def test_a_payment_that_came_late_is_ended_twelve_hours_after_paymes_moment(core, payme, shop, clock):
    await shop.opens("1001", 5_000_000)
    await payme.says("CreateTransaction", **creation("a" * 24, to_ms(clock()) - 59 * 60_000))
    clock.advance(hours=11, minutes=1)
    assert await core.sweeper.sweep() == 0
    clock.advance(milliseconds=1)
    assert await core.sweeper.sweep() == 1


async def test_a_click_attempt_past_its_reservation_is_ended(core, click, shop, clock):
    """What a late Complete of it is answered: `click_http/test_debits.py`."""
    await shop.opens("1001")
    await click.prepares("1001")
    clock.advance(hours=1)
    assert await core.sweeper.sweep() == 0
    clock.advance(milliseconds=1)
    assert await core.sweeper.sweep() == 1
    assert await shop.states() == [("cancelled", "awaiting")]


@pytest.mark.settings(CLICK_RESERVATION="60")
async def test_the_reservation_is_a_setting(core, click, shop, clock):
    await shop.opens("1001")
    await click.prepares("1001")
    clock.advance(seconds=61)
    assert await core.sweeper.sweep() == 1


async def test_an_order_past_its_time_expires_once_no_attempt_is_live(core, payme, shop, clock):
    soon = (clock() + timedelta(minutes=5)).isoformat()
    await shop.opens("1001", 5_000_000, expires_at=soon)
    payment = new_id()
    await payme.says("CreateTransaction", **creation(payment, to_ms(clock())))
    clock.advance(minutes=6)
    assert await core.sweeper.sweep() == 0
    await payme.cancels(payment, 1)
    assert await core.sweeper.sweep() == 1
    assert await shop.states() == [("cancelled", "expired")]
    assert (await shop.events())[-1] == "order.expired"


@pytest.fixture
def small_pages(monkeypatch):
    """Three of them are a page, two a chunk."""
    monkeypatch.setattr("core.jobs.expiry_sweeper.PAGE_MAX_COMMANDS", 3)
    monkeypatch.setattr("core.jobs.expiry_sweeper.CHUNK_MAX_COMMANDS", 2)


async def has_expired(payme, shop, clock, many: int) -> None:
    """So many payments and so many orders, each kind in one moment."""
    soon = (clock() + timedelta(minutes=5)).isoformat()
    for number in range(many):
        await shop.opens(f"begun-{number}", 5_000_000)
        await payme.says("CreateTransaction", **creation(new_id(), to_ms(clock()), f"begun-{number}"))
        await shop.opens(f"waits-{number}", 5_000_000, expires_at=soon)
    clock.advance(days=1)


async def test_one_sweep_ends_all_that_has_expired_however_much(core, payme, shop, clock, small_pages):
    await has_expired(payme, shop, clock, 7)
    assert await core.sweeper.sweep() == 14
    assert set(await shop.states()) == {("cancelled", "awaiting"), (None, "expired")}
    assert await core.sweeper.sweep() == 0


@pytest.mark.real_timeouts
async def test_what_somebody_is_working_on_is_not_ended_and_keeps_nothing_else_waiting(
    core, payme, shop, clock, database, small_pages
):
    await has_expired(payme, shop, clock, 5)
    async with holding(database, "SELECT FROM orders WHERE account IN ('begun-0', 'begun-1') FOR UPDATE"):
        assert await core.sweeper.sweep() == 10
        assert (await shop.states()).count(("pending", "reserved")) == 2
        assert (await shop.states()).count(("cancelled", "awaiting")) == 3
    assert await core.sweeper.sweep() == 2
    assert (await shop.states()).count(("cancelled", "awaiting")) == 5


async def test_one_process_sweeps_at_a_time(core, wired_core, payme, shop, clock, small_pages):
    await has_expired(payme, shop, clock, 5)
    both = await asyncio.gather(core.sweeper.sweep(), wired_core.sweeper.sweep())
    assert sum(both) == 10
    assert set(await shop.states()) == {("cancelled", "awaiting"), (None, "expired")}


async def test_a_sweep_that_is_cancelled_stops_at_once_and_leaves_the_rest(core, payme, shop, clock, small_pages):
    await has_expired(payme, shop, clock, 5)
    sweep = asyncio.create_task(core.sweeper.sweep())
    while (None, "expired") not in await shop.states():
        await asyncio.sleep(0)
    sweep.cancel()
    await core.close()
    left = [state for state in await shop.states() if state in (("pending", "reserved"), (None, "awaiting"))]
    assert left
    while not (swept := await core.sweeper.sweep()):  # the database drops the lock when it finds the connection gone
        await asyncio.sleep(0.01)
    assert swept == len(left)


async def test_a_core_with_too_much_to_do_is_left_alone(core, payme, shop, clock, small_pages, monkeypatch):
    await has_expired(payme, shop, clock, 3)
    monkeypatch.setattr("core.commit.scheduler.IN_FLIGHT_MAX_COMMANDS", 1)
    assert await core.sweeper.sweep() == 2, "a chunk, of which one was refused"

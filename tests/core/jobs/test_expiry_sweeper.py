"""What nobody ends is ended: expired payments and orders; and a clock that jumps does not end the world."""

from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.actors.payme import creation, new_id
from tests.log_records import logged
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


@pytest.mark.real_timeouts
async def test_what_somebody_is_working_on_is_not_ended(core, payme, shop, clock, database):
    await shop.opens("1001", 5_000_000)
    await payme.says("CreateTransaction", **creation("a" * 24, to_ms(clock())))
    clock.advance(hours=12, milliseconds=1)
    async with holding(database, "SELECT FROM orders FOR UPDATE"):
        await core.sweeper.sweep()
        assert await shop.states() == [("pending", "reserved")]
    await core.sweeper.sweep()
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


async def test_a_sweep_ends_so_many_and_no_more(core, payme, shop, clock, monkeypatch, caplog):
    monkeypatch.setattr("core.jobs.expiry_sweeper.SWEEP_MAX_COMMANDS", 3)
    for account in map(str, range(5)):
        await shop.opens(account, 5_000_000)
        await payme.says("CreateTransaction", **creation(new_id(), to_ms(clock()), account))
    clock.advance(days=1)
    assert await core.sweeper.sweep() == 3
    assert logged(caplog.records, "sweep limit reached") == [{"limit": 3, "hint": "is the clock right?"}]
    assert await core.sweeper.sweep() == 2


async def test_payments_and_orders_share_the_limit_of_a_sweep(core, payme, shop, clock, monkeypatch, caplog):
    monkeypatch.setattr("core.jobs.expiry_sweeper.SWEEP_MAX_COMMANDS", 3)
    soon = (clock() + timedelta(minutes=5)).isoformat()
    for number in range(2):
        await shop.opens(f"begun-{number}", 5_000_000)
        await payme.says("CreateTransaction", **creation(new_id(), to_ms(clock()), f"begun-{number}"))
        await shop.opens(f"waits-{number}", 5_000_000, expires_at=soon)
    clock.advance(days=1)
    assert await core.sweeper.sweep() == 3
    assert len(logged(caplog.records, "sweep limit reached")) == 1
    assert await core.sweeper.sweep() == 1
    assert await core.sweeper.sweep() == 0
    assert len(logged(caplog.records, "sweep limit reached")) == 1

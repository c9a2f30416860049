"""A clock that jumps ends nothing, although the database's jumps with it, and a backlog of before the start waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.connection_pools import pools
from core.facade import Core
from core.jobs.expiry_sweeper import BACKLOG_WAIT_SECONDS
from core.jobs.jump_brake import JumpBrake
from schema.values import to_ms
from tests.actors.payme import creation, new_id
from tests.log_records import logged


@pytest.fixture
async def begun(payme, shop, clock):
    await shop.opens("1001", 5_000_000)
    await payme.says("CreateTransaction", **creation(new_id(), to_ms(clock())))


async def test_what_has_expired_by_a_jump_alone_is_not_ended(core, begun, shop, clock, caplog):
    clock.jumps(hours=13)
    assert await core.sweeper.sweep() == 0
    assert await core.sweeper.sweep() == 0
    (line,) = logged(caplog.records, "sweep held back")
    assert (line["reason"], line["jump_seconds"]) == ("clock_jump", 13 * 3600)
    clock.jumps(hours=-13)
    assert await core.sweeper.sweep() == 0
    assert len(logged(caplog.records, "sweep goes on")) == 1
    clock.advance(hours=12, milliseconds=1)
    assert await core.sweeper.sweep() == 1


async def test_after_a_jump_it_is_ended_when_its_time_has_passed(core, begun, clock):
    clock.jumps(hours=13)
    clock.advance(hours=12)
    assert await core.sweeper.sweep() == 0
    clock.advance(milliseconds=1)
    assert await core.sweeper.sweep() == 1


async def test_a_process_that_is_started_after_the_jump_believes_its_clock(begun, clock, database_url, observer):
    clock.jumps(hours=13)
    async with beginning(database_url, clock, observer) as core:
        assert await core.sweeper.sweep() == 1
    assert observer.sweep_holds == []


def test_steps_that_keep_a_clock_right_are_followed_and_a_clock_that_is_set_back_is_believed(clock):
    brake = JumpBrake(clock, clock.uptime)
    for step in (29, -29, 29, 29, -3600, 3600):
        clock.jumps(seconds=step)
        assert brake.slowed(clock()) == clock()
    clock.jumps(seconds=31)
    assert (clock() - brake.slowed(clock())).total_seconds() == 31


@pytest.fixture
def small_backlog(monkeypatch):
    monkeypatch.setattr("core.jobs.expiry_sweeper.BACKLOG_MAX_COMMANDS", 2)


async def open_expiring(shop, clock, name: str) -> None:
    """Three orders."""
    soon = (clock() + timedelta(minutes=1)).isoformat()
    for number in range(3):
        await shop.opens(f"{name}-{number}", 5_000_000, expires_at=soon)


async def test_much_that_had_expired_before_the_start_waits_until_somebody_could_look(
    gateway, shop, clock, database_url, observer, small_backlog, caplog
):
    await open_expiring(shop, clock, "order")
    clock.advance(days=1)
    async with beginning(database_url, clock, observer) as core:
        assert await core.sweeper.sweep() == 0
        clock.advance(seconds=BACKLOG_WAIT_SECONDS - 1)
        assert await core.sweeper.sweep() == 0
        (line,) = logged(caplog.records, "sweep held back")
        assert line["reason"] == "backlog"
        clock.advance(seconds=1)
        assert await core.sweeper.sweep() == 3
    assert observer.sweep_holds == ["backlog", None]


async def test_a_clock_that_was_wrong_at_the_start_and_is_set_right_in_time_has_ended_nothing(
    gateway, shop, clock, database_url, observer, small_backlog
):
    await open_expiring(shop, clock, "order")
    clock.jumps(hours=5)
    async with beginning(database_url, clock, observer) as core:
        assert await core.sweeper.sweep() == 0
        clock.jumps(hours=-5)
        assert await core.sweeper.sweep() == 0
    assert observer.sweep_holds == ["backlog", None]


async def test_what_expires_after_the_start_is_ended_at_once_however_much(
    gateway, shop, clock, database_url, observer, small_backlog
):
    await open_expiring(shop, clock, "order")
    async with beginning(database_url, clock, observer) as core:
        clock.advance(minutes=2)
        assert await core.sweeper.sweep() == 3


@asynccontextmanager
async def beginning(database_url, clock, observer) -> AsyncIterator[Core]:
    """A process that starts now."""
    async with pools(database_url) as (payments, reports):
        database_clock, uptime = clock.of_database, clock.uptime
        core = Core(payments, reports, clock=clock, database_clock=database_clock, uptime=uptime, observer=observer)
        yield core
        await core.close()

"""The wall clock jumps, and with it the database's, which is on the same machine: to compare the two shows nothing.

Payments go on, and nothing is ended in masses before somebody looks. What happens when the clocks disagree stands in
`test_wrong_clock.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.clock import wall_clock
from core.jobs.expiry_sweeper import SWEEP_MAX_COMMANDS
from schema.values import to_ms
from tests.faults.harness.gateway import SharedClock
from tests.faults.harness.jumping_clock import JumpingClock, jumping
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.traffic import Parties

HOUR = timedelta(hours=1)
BACK = timedelta(minutes=-55)
"""Payme's own clock stays right; if it were an hour ahead of the gateway's, its new payments would be refused."""
SWEEP_SECONDS = 5.0
"""From the end of one to the next."""
DOOMED = SWEEP_MAX_COMMANDS + 100
"""Orders that an hour would end: more than one sweep may."""
AT_ONCE = 50


@pytest.fixture
async def clock(shared_clock: SharedClock, scenario: Scenario) -> AsyncIterator[JumpingClock]:
    scenario.clock = shared_clock
    async with jumping(shared_clock) as clock:
        yield clock


@pytest.fixture
def environ(shared_clock: SharedClock, clock: JumpingClock) -> dict[str, str]:
    """A Click attempt's hour would be over with the jump: that is no accident, and not what is asked here."""
    return {
        "TIYIN_TEST_CLOCK": str(shared_clock.path),
        "TIYIN_TEST_SWEEP": str(SWEEP_SECONDS),
        "CLICK_RESERVATION": "7200",
    }


async def test_an_hour_forward_ends_no_more_than_a_sweep_may_and_calls_the_operator(scenario, http, clock, environ):
    async with scenario.under_traffic(payers=4, errors_logged=True, **environ) as run:
        await open_doomed(run.parties)
        await pending(run.parties)
        clock.offset = HOUR
        async with asyncio.timeout(60):
            while await expired(scenario) < SWEEP_MAX_COMMANDS:
                await asyncio.sleep(0.05)
        await asyncio.sleep(SWEEP_SECONDS / 3)
        assert await expired(scenario) == SWEEP_MAX_COMMANDS
        assert [line["level"] for line in run.gateway.lines() if line["event"] == "sweep limit reached"] == ["error"]
        assert (await run.metrics(http))["tiyin_sweep_limit_reached_total",] == 1
        assert (await run.parties.performs("before")).done
        await run.goes_on()
    assert not await scenario.asks("SELECT FROM payments WHERE reason = 4")


async def test_a_clock_set_back_ends_nothing_and_puts_no_end_before_its_beginning(scenario, http, clock, environ):
    async with scenario.under_traffic(payers=4, **environ) as run:
        await pending(run.parties)
        clock.offset = BACK
        await asyncio.sleep(SWEEP_SECONDS + 1)
        assert (await run.parties.performs("before")).done
        assert (await run.parties.cancels("before")).done
        await run.goes_on()
        clock.offset = timedelta()
        await run.goes_on()
        assert await run.database_errors(http) == {}
        assert (await run.metrics(http))["tiyin_sweep_limit_reached_total",] == 0
    assert not await scenario.asks("SELECT FROM orders WHERE state = 'expired'")


async def open_doomed(parties: Parties) -> None:
    soon = (wall_clock() + HOUR / 2).isoformat()
    for start in range(0, DOOMED, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, DOOMED))
        opened = await asyncio.gather(*(parties.opens(f"doomed-{n}", expires_at=soon) for n in numbers))
        assert all(call.done for call in opened)


async def expired(scenario: Scenario) -> int:
    [[number]] = await scenario.asks("SELECT count(*) FROM orders WHERE state = 'expired'")
    return int(number)


async def pending(parties: Parties) -> None:
    """A payment that is under way when the clock jumps."""
    assert (await parties.opens("before")).done
    assert (await parties.creates("before", "before", to_ms(wall_clock()))).done

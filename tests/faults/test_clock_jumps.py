"""The wall clock jumps, and with it the database's, which is on the same machine: to compare the two shows nothing.

Payments go on, and nothing is ended by the jump: the uptime shows it. What happens when the clocks disagree stands in
`test_wrong_clock.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.gateway import SharedClock
from tests.faults.harness.jumping_clock import JumpingClock, jumping
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.traffic import Parties

HOUR = timedelta(hours=1)
BACK = timedelta(minutes=-55)
"""Payme's own clock stays right; if it were an hour ahead of the gateway's, its new payments would be refused."""
SWEEP_SECONDS = 0.3
SWEEPS_SECONDS = 4 * SWEEP_SECONDS


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
        "TIYIN_TEST_UPTIME": "1",
        "CLICK_RESERVATION": "7200",
    }


async def test_an_hour_forward_ends_nothing_and_calls_the_operator(scenario, http, clock, environ):
    async with scenario.under_traffic(payers=4, errors_logged=True, **environ) as run:
        soon = (wall_clock() + HOUR / 2).isoformat()
        assert (await run.parties.opens("expiring", expires_at=soon)).done
        await pending(run.parties)
        clock.offset = HOUR
        await run.says("sweep held back")
        await asyncio.sleep(SWEEPS_SECONDS)
        assert (await run.metrics(http))["tiyin_sweep_held", "clock_jump"] == 1
        assert not await scenario.asks("SELECT FROM orders WHERE state = 'expired'")
        assert (await run.parties.performs("before")).done
        await run.goes_on()
        clock.offset = timedelta()
        await run.says("sweep goes on")
        assert (await run.metrics(http))["tiyin_sweep_held", "clock_jump"] == 0
    assert [line["level"] for line in run.gateway.lines() if line["event"] == "sweep held back"] == ["error"]
    assert not await scenario.asks("SELECT FROM payments WHERE reason = 4")


async def test_a_clock_set_back_ends_nothing_and_puts_no_end_before_its_beginning(scenario, http, clock, environ):
    async with scenario.under_traffic(payers=4, **environ) as run:
        await pending(run.parties)
        clock.offset = BACK
        await asyncio.sleep(SWEEPS_SECONDS)
        assert (await run.parties.performs("before")).done
        assert (await run.parties.cancels("before")).done
        await run.goes_on()
        clock.offset = timedelta()
        await run.goes_on()
        assert await run.database_errors(http) == {}
        assert (await run.metrics(http))["tiyin_sweep_held", "clock_jump"] == 0
    assert not await scenario.asks("SELECT FROM orders WHERE state = 'expired'")


async def pending(parties: Parties) -> None:
    """A payment that is under way when the clock jumps."""
    assert (await parties.opens("before")).done
    assert (await parties.creates("before", "before", to_ms(wall_clock()))).done

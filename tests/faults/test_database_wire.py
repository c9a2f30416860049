"""The network to the database goes silent, or slow: answers come in time, and the rest afterwards."""

import asyncio

from tests.faults.harness.bounds import ANSWER_SECONDS
from tests.faults.harness.scenario import PAYERS

MANY_PAYERS = 24
"""Payers: far more than there are lanes, so that some find their time over when it is their turn."""
SILENCE = 15.0
"""Seconds: longer than anybody waits, on a slow machine as well."""


async def test_a_network_that_goes_silent_and_comes_back(scenario, cable, near_end, history):
    async with scenario.under_traffic(near_end, payers=MANY_PAYERS) as run:
        cable.flowing.clear()
        await asyncio.sleep(0.5)  # what was decided before is still answered
        first = len(history.calls)
        await asyncio.sleep(SILENCE)
        cable.flowing.set()
        silent = history.calls[first:]
        assert silent
        assert not any(call.certain for call in silent)
        assert max(call.seconds for call in silent) < ANSWER_SECONDS
        await run.recovers()


async def test_connections_that_have_gone_silent_are_given_up_for_new_ones(scenario, cable, near_end, history):
    """As when a firewall has forgotten them. Who has waited for them is answered, and they are not asked again."""
    async with scenario.under_traffic(near_end) as run:
        cable.silence()
        first = len(history.calls)
        await run.goes_on()
        await run.goes_on()
        assert max(call.seconds for call in history.calls[first:]) < ANSWER_SECONDS
        assert sum(not call.certain for call in history.calls) <= PAYERS


async def test_a_slow_network_only_slows(scenario, cable, near_end, history):
    async with scenario.under_traffic(near_end) as run:
        first = len(history.calls)
        cable.delay = 0.02
        await run.goes_on()
        cable.delay = 0
        slowed = history.calls[first:]
        assert all(call.certain for call in slowed)
        await run.recovers()


async def test_a_network_too_slow_for_anything(scenario, cable, near_end, history):
    async with scenario.under_traffic(near_end) as run:
        cable.delay = 0.6
        await asyncio.sleep(5)
        cable.delay = 0
        await run.recovers()
        assert max(call.seconds for call in history.calls) < ANSWER_SECONDS

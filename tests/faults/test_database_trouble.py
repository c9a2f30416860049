"""The database is restarted, or its connections are ended: callers are served or try again, nothing is lost."""

import asyncio
import random

import pytest

from tests.faults.conftest import SEED
from tests.faults.harness.bounds import ANSWER_SECONDS

RUN_AGAIN = 0.8
"""Seconds, in which all that one connection's end has hit is run again, twice if need be."""

WITHIN_A_TRANSACTION = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND (state LIKE 'idle in transaction%' OR backend_xid IS NOT NULL)
    LIMIT 1
"""


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_restart_of_the_database_is_survived(scenario, server, how):
    async with scenario.under_traffic() as run:
        for _ in range(2):
            await asyncio.to_thread(server.stop if how == "fast" else server.crash)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)
            await run.recovers()


async def test_a_database_that_is_away_for_longer_than_anybody_waits(scenario, server):
    async with scenario.under_traffic() as run:
        await asyncio.to_thread(server.stop)
        asked = asyncio.get_running_loop().time()
        assert not (await run.parties.opens("unlucky")).certain
        assert asyncio.get_running_loop().time() - asked < ANSWER_SECONDS
        await asyncio.sleep(3)
        await asyncio.to_thread(server.start)
        await run.recovers()


async def test_connections_ended_at_random_cost_nobody_anything(scenario):
    chance = random.Random(SEED)
    async with scenario.under_traffic() as run:
        ended = 0
        async with asyncio.timeout(60):
            while ended <= 30:
                backends = await scenario.backends()
                if backends:
                    victim = chance.choice(backends)
                    ended += len(await scenario.asks(f"SELECT pg_terminate_backend({victim['pid']})"))
                await asyncio.sleep(chance.uniform(0, 0.05))
        await run.recovers()


@pytest.mark.parametrize("payers", [1, 8])
async def test_a_connection_ended_within_a_transaction_costs_nobody_anything(scenario, http, history, payers):
    """Alone or in a batch, each is run again at once: nobody has to ask twice, unless it is hit again and again."""
    async with scenario.under_traffic(payers=payers) as run:
        async with asyncio.timeout(60):
            for _ in range(8):
                while not await scenario.asks(WITHIN_A_TRANSACTION):
                    pass
                await asyncio.sleep(RUN_AGAIN)
                await run.goes_on(2)
        errors = await run.database_errors(http)
        assert sum(errors.get(kind, 0) for kind in ("shutdown", "connection", "commit_unknown")) > 0
        await run.recovers()
    assert all(call.certain for call in history.calls)

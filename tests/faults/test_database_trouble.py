"""The database is restarted, or its connections are ended: callers are served or told to try again, nothing is lost."""

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
async def test_a_restart_of_the_database_is_survived(stage, server, how):
    async with stage.under_traffic() as scene:
        for _ in range(2):
            await asyncio.to_thread(server.stop if how == "fast" else server.crash)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)
            await scene.recovers()


async def test_a_database_that_is_away_for_longer_than_anybody_waits(stage, server):
    async with stage.under_traffic() as scene:
        await asyncio.to_thread(server.stop)
        asked = asyncio.get_running_loop().time()
        assert not (await scene.parties.opens("unlucky")).certain
        assert asyncio.get_running_loop().time() - asked < ANSWER_SECONDS
        await asyncio.sleep(3)
        await asyncio.to_thread(server.start)
        await scene.recovers()


async def test_connections_ended_at_random_cost_nobody_anything(stage):
    chance = random.Random(SEED)
    async with stage.under_traffic() as scene:
        ended = 0
        async with asyncio.timeout(60):
            while ended <= 30:
                backends = await stage.backends()
                if backends:
                    victim = chance.choice(backends)
                    ended += len(await stage.asks(f"SELECT pg_terminate_backend({victim['pid']})"))
                await asyncio.sleep(chance.uniform(0, 0.05))
        await scene.recovers()


@pytest.mark.parametrize("payers", [1, 8])
async def test_a_connection_ended_within_a_transaction_costs_nobody_anything(stage, http, history, payers):
    """Alone or in a batch, each is run again at once: nobody has to ask twice, unless it is hit again and again."""
    async with stage.under_traffic(payers=payers) as scene:
        async with asyncio.timeout(60):
            for _ in range(8):
                while not await stage.asks(WITHIN_A_TRANSACTION):
                    pass
                await asyncio.sleep(RUN_AGAIN)
                await scene.goes_on(2)
        errors = await scene.database_errors(http)
        assert sum(errors.get(kind, 0) for kind in ("shutdown", "connection", "commit_unknown")) > 0
        await scene.recovers()
    assert all(call.certain for call in history.calls)

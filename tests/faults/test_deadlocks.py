"""Somebody else takes locks in another order than we do: one of the two gives way, and the payment is made."""

import asyncio

import asyncpg
import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.traffic import until_certain

ROUNDS = 3
WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("victim", ["gateway", "stranger"])
async def test_a_deadlock_with_somebody_else_ends(stage, http, victim):
    """The stranger holds the payment and asks for its order; we hold the order and want the payment."""
    ours, theirs = ("50ms", "30s") if victim == "gateway" else ("30s", "50ms")
    await stage.asks(f"ALTER DATABASE {stage.database} SET deadlock_timeout = '{ours}'")
    gave_way = 0
    async with stage.under_traffic() as scene:
        for n in range(ROUNDS):
            gave_way += await _fight(stage, scene.parties, f"fought-over-{n}", theirs)
        if victim == "gateway":
            assert (await scene.database_errors(http)).get("deadlock", 0) > 0
        else:
            assert gave_way > 0


async def _fight(stage, parties, account, deadlock_timeout) -> bool:
    """Whether the stranger was the one who gave way."""
    assert (await parties.opens(account)).done
    assert (await parties.creates(account, account, to_ms(wall_clock()))).done
    async with stage.stranger() as stranger:
        await stranger.execute(f"SET deadlock_timeout = '{deadlock_timeout}'")
        fight = stranger.transaction()
        await fight.start()
        await stranger.execute(f"SELECT FROM payments WHERE external_id = '{account}' FOR UPDATE")
        paid = asyncio.create_task(until_certain(lambda: parties.performs(account)))
        async with asyncio.timeout(5):
            while not (await stage.asks(WAITS))[0][0]:
                await asyncio.sleep(0.01)
        gave_way = False
        try:
            await stranger.execute(f"SELECT FROM orders WHERE account = '{account}' FOR UPDATE")
        except asyncpg.DeadlockDetectedError:
            gave_way = True
        await fight.rollback()
        assert (await paid).done
    return gave_way

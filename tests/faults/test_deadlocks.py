"""Somebody else takes locks in another order than we do: one of the two gives way, and the payment is made."""

import asyncio

import asyncpg
import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.traffic import until_certain

ROUNDS = 3


@pytest.mark.parametrize("victim", ["gateway", "other client"])
async def test_a_deadlock_with_another_client_ends(scenario, http, victim):
    """The other client holds the payment and asks for its order; we hold the order and want the payment."""
    ours, theirs = ("50ms", "30s") if victim == "gateway" else ("30s", "50ms")
    await scenario.asks(f"ALTER DATABASE {scenario.database} SET deadlock_timeout = '{ours}'")
    gave_way = 0
    async with scenario.under_traffic() as run:
        for n in range(ROUNDS):
            gave_way += await _fight(scenario, run.parties, f"fought-over-{n}", theirs)
        if victim == "gateway":
            assert (await run.database_errors(http)).get("deadlock", 0) > 0
        else:
            assert gave_way > 0


async def _fight(scenario, parties, account, deadlock_timeout) -> bool:
    """Whether the other client was the one who gave way."""
    assert (await parties.opens(account)).done
    assert (await parties.creates(account, account, to_ms(wall_clock()))).done
    async with scenario.other_client() as other_client:
        await other_client.execute(f"SET deadlock_timeout = '{deadlock_timeout}'")
        fight = other_client.transaction()
        await fight.start()
        await other_client.execute(f"SELECT FROM payments WHERE external_id = '{account}' FOR UPDATE")
        paid = asyncio.create_task(until_certain(lambda: parties.performs(account)))
        await scenario.lock_waits(1)
        gave_way = False
        try:
            await other_client.execute(f"SELECT FROM orders WHERE account = '{account}' FOR UPDATE")
        except asyncpg.DeadlockDetectedError:
            gave_way = True
        await fight.rollback()
        assert (await paid).done
    return gave_way

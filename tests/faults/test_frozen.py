"""A gateway freezes in the middle of a transaction and thaws later: meanwhile another one has finished everything."""

import asyncio
import random
import signal

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.bounds import ANSWER_SECONDS
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import until_certain

FROZEN_SECONDS = 15
"""Longer than the database keeps an idle transaction, and than any caller waits."""
PAYMENTS = 20
TRIES = 100

IDLE_WITH_ORDERS = """
    SELECT FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE datname = current_database() AND state = 'idle in transaction'
        AND relation = 'orders'::regclass AND mode = 'RowShareLock'
"""


async def test_a_zombie_changes_nothing(program, http, parties, history, scenario):
    chance = random.Random(SEED)
    async with (
        program.serving(http, scenario.database_url) as frozen,
        program.serving(http, scenario.database_url) as other,
    ):
        one, two = parties(frozen.url), parties(other.url)
        for turn in range(TRIES):
            names = [f"{turn}-{n}" for n in range(PAYMENTS)]
            await asyncio.gather(*(created(one, name) for name in names))
            asked = [asyncio.create_task(one.performs(name)) for name in names]
            await asyncio.sleep(chance.uniform(0, 0.03))
            frozen.send_signal(signal.SIGSTOP)
            if await _waits_in_a_transaction(scenario):
                break
            frozen.send_signal(signal.SIGCONT)
            await asyncio.gather(*asked)
        else:
            raise AssertionError("it was never frozen within a transaction")
        thaw = asyncio.get_running_loop().time() + FROZEN_SECONDS
        repeats = await asyncio.gather(*(until_certain(lambda name=name: two.performs(name)) for name in names))
        assert all(call.done for call in repeats)
        assert max(call.seconds for call in repeats) < ANSWER_SECONDS
        await asyncio.sleep(max(0, thaw - asyncio.get_running_loop().time()))
        frozen.send_signal(signal.SIGCONT)
        late = await asyncio.gather(*asked)
        again = await asyncio.gather(*(until_certain(lambda name=name: one.performs(name)) for name in names))
        assert [call.answer for call in again] == [call.answer for call in repeats]
        assert all(call.answer == first.answer for call, first in zip(late, repeats, strict=True) if call.certain)
        assert not all(call.certain for call in late)
        assert (await until_certain(lambda: one.opens("after"))).done
    await history.agrees_with(scenario.database_url)
    await assert_invariants_hold(scenario.database_url)


async def _waits_in_a_transaction(scenario) -> bool:
    """Whether the database, too, has come to rest, and waits for the frozen gateway's next word in a transaction that
    has locked orders."""
    before, backends = None, await scenario.backends()
    while backends != before:
        await asyncio.sleep(0.2)
        before, backends = backends, await scenario.backends()
    return bool(await scenario.asks(IDLE_WITH_ORDERS))


async def created(party, name) -> None:
    assert (await party.opens(name)).done
    assert (await party.creates(name, name, to_ms(wall_clock()))).done

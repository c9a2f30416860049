"""A caller has its answer by its deadline, whatever its command still waits for."""

import asyncio

import pytest

from core.commit.scheduler import SIDE_TRANSACTIONS_MAX
from core.domain.answers import Done
from core.domain.errors import TryAgain
from tests.core.conftest import creation
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding


async def test_who_waits_for_a_place_beside_the_batch_has_an_answer_in_time(
    wired_core, opens, clock, database, monkeypatch
):
    held = [await opens(str(number)) for number in range(SIDE_TRANSACTIONS_MAX + 1)]
    async with holding(database, "SELECT FROM orders FOR UPDATE"):
        waiting = [asyncio.create_task(wired_core.do(creation(ref, ref.account, clock))) for ref in held[1:]]
        await asyncio.sleep(0)  # they have their deadlines
        monkeypatch.setattr("core.commit.scheduler.DEADLINE_SECONDS", 0.1)
        async with asyncio.timeout(WAIT_SECONDS):
            with pytest.raises(TryAgain):
                await wired_core.do(creation(held[0], "late", clock))
        assert not any(task.done() for task in waiting)
    assert all(isinstance(answer, Done) for answer in await asyncio.gather(*waiting))

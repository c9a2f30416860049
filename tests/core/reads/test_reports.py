"""Reports are read in time, or not at all."""

import asyncio

import pytest

from core.domain.errors import TryAgain
from core.reads import reports, snapshot
from schema.values import Provider
from tests.core.conftest import creation
from tests.long_timeouts import WAIT_SECONDS

SECONDS = 0.5


@pytest.fixture
def reads(wired_core, clock):
    """All that can be read, at once; what came of each."""

    async def statement():
        return [line async for page in wired_core.statement("main", Provider.PAYME, clock(), clock()) for line in page]

    async def read(where):
        return await asyncio.gather(
            wired_core.order(where), wired_core.orders("main", None, 10, None), statement(), return_exceptions=True
        )

    return read


async def test_the_connection_to_a_silent_database_is_aborted(wired_core, opens, reads, clock, cable, monkeypatch):
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    shown, page, lines = await reads(where)
    assert [shown.order.account, len(page.orders), len(lines)] == ["1001", 1, 1]
    with monkeypatch.context() as impatient:
        for module in (reports, snapshot):
            impatient.setattr(module, "READ_MAX_SECONDS", SECONDS)
        cable.silence()
        async with asyncio.timeout(WAIT_SECONDS):  # half of what the database itself is waited for
            assert [type(answer) for answer in await reads(where)] == [TryAgain] * 3
            while cable.abandoned < 3:
                await asyncio.sleep(0)
    shown, _, lines = await reads(where)
    assert [shown.order.account, len(lines)] == ["1001", 1]
    cable.abort()  # else the pools would wait for the silent ones to say goodbye

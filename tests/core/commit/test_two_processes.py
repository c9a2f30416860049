"""Two processes on one database, whose batches meet in the tables and not in a queue."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.connection_pools import pools
from core.db.timeouts import TIMEOUTS
from core.domain.answers import Shown
from core.domain.commands import OrderRef
from core.facade import Core
from tests.core.conftest import RecordingObserver, creation, lock_waits, opening
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding

ORDERS = 20
FOREIGN = """
    INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at)
    VALUES (-1, 'main', :account, 'one_time', 1, 'awaiting', 0, '', '{}', now(), now())
"""


@pytest.fixture
async def other_core(database, database_url, clock, observer) -> AsyncIterator[Core]:
    """The other process's core, with the same observer."""
    async with pools(database_url) as (payments, reports):
        core = Core(payments, reports, clock=clock, database_clock=clock.of_database, observer=observer)
        yield core
        await core.close()


async def test_the_same_new_orders_in_opposite_order_make_no_deadlock(
    wired_core, other_core, database, observer: RecordingObserver
):
    """Somebody else's insert stops both batches in their middle: they go on only when each has half of the orders."""
    accounts = [OrderRef("main", f"{n:02}") for n in range(ORDERS)]
    async with holding(database, FOREIGN, account=accounts[ORDERS // 2].account):
        here = [
            wired_core.do(opening(OrderRef("main", "here"))),
            *(wired_core.do(opening(account)) for account in accounts),
        ]
        opposite = [
            other_core.do(opening(OrderRef("main", "there"))),
            *(other_core.do(opening(account)) for account in reversed(accounts)),
        ]
        asked = asyncio.gather(*here, *opposite)
        await lock_waits(database, 2)
    answers = await asked
    assert all(isinstance(answer, Shown) for answer in answers)
    assert sum(not answer.repeat for answer in answers) == ORDERS + 2
    assert set(observer.database_errors) <= {"lost_race"}, "a deadlock shows as such, or as a lock that takes too long"


async def test_a_new_order_that_another_process_is_about_to_insert_keeps_no_others_waiting(
    wired_core, opens, database, clock, monkeypatch
):
    """The other process stands still in the middle of its transaction."""
    monkeypatch.setitem(TIMEOUTS, "batch_lock_timeout", "50ms")
    where = await opens("1001")
    async with holding(database, FOREIGN, account="both"):
        both = asyncio.create_task(wired_core.do(opening(OrderRef("main", "both"))))
        others = [creation(where, "a", clock), *(opening(OrderRef("main", str(n))) for n in range(5))]
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.gather(*map(wired_core.do, others))
        assert not both.done()
    assert isinstance(await both, Shown)

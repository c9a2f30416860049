"""Two processes on one database, whose batches meet in the tables and not in a queue."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.connection_pools import pools
from core.domain.answers import Shown
from core.domain.commands import OrderRef
from core.facade import Core
from tests.core.conftest import RecordingObserver, lock_waits, opening
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

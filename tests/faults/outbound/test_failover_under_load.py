"""A standby takes over while payments make events and a worker sends them: all that it has is sent, and no more."""

import asyncio

import pytest

from tests.faults.conftest import SEED
from tests.faults.harness.deliveries import WORKER, deliveries_in
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.postgres import TEMPLATE
from tests.faults.harness.standby import WAITING, taken_over
from tests.faults.harness.traffic import traffic
from tests.long_timeouts import WAIT_SECONDS

PAYERS = 8
WORKER_WAITS = f"SELECT {WAITING} AND query LIKE '%pg_logical_emit_message%'"
EVENTS = "SELECT 'evt_' || transition_id FROM outbox"


async def dies(pair, worker_has_looked):
    """In the middle of everything."""


async def comes_back_alone(pair, worker_has_looked):
    """It shows events that its standby never heard of."""
    pair.cut_off()
    while not await lacking(pair):
        await pair.commits_wait()
        await pair.comes_back_alone()
    await worker_has_looked()


async def loses_patience(pair, worker_has_looked):
    """Its operator ends whatever waits for the standby, so that everybody sees it."""
    pair.cut_off()
    while not await lacking(pair):
        await pair.commits_wait()
        await pair.primary.sql(f"SELECT pg_cancel_backend(pid) {WAITING}")
    await worker_has_looked()


async def lacking(pair):
    """Events that the primary shows and the standby has not."""
    shown, kept = [{row[0] for row in await server.sql(EVENTS, TEMPLATE)} for server in (pair.primary, pair.standby)]
    return shown - kept


@pytest.fixture
def worker_has_looked(pair, wired, starts_worker, receiver):
    """Start another worker, which has nothing to settle first; return once it waits for the standby or doesn't."""

    async def looked():
        worker = starts_worker(wired[1])
        shown = await lacking(pair)
        async with asyncio.timeout(WAIT_SECONDS):
            while not await pair.primary.sql(WORKER_WAITS):
                if shown & {headers["webhook-id"] for headers in receiver.headers}:
                    break
                await asyncio.sleep(0.01)
        worker.kill()
        worker.bury()

    return looked


@pytest.mark.parametrize("before_it_is_gone", [dies, comes_back_alone, loses_patience])
async def test_shops_hear_of_all_that_the_new_primary_has_and_of_nothing_else(
    pair, wired, program, http, parties, history, working, receiver, worker_has_looked, before_it_is_gone
):
    cable, near_end = wired
    await pair.synchronous()
    async with deliveries_in(pair.primary.url(TEMPLATE), receiver) as deliveries:
        await deliveries.registers()
    async with program.serving(http, near_end, **WORKER) as gateway, working(near_end) as worker:
        async with traffic(parties(gateway.url), PAYERS, SEED) as busy:
            await receiver.receives(2 * PAYERS)
            await before_it_is_gone(pair, worker_has_looked)
            await asyncio.to_thread(pair.primary.crash)
            where = await taken_over(pair, cable)
            await busy.goes_on(5 * PAYERS)
        async with deliveries_in(where, receiver) as deliveries:
            await deliveries.leases_end()  # of claims whose answer was lost
            await deliveries.are_all()
            events = await deliveries.sql("SELECT 'evt_' || transition_id, CAST(payload AS text) FROM outbox")
            assert await deliveries.sql("SELECT FROM deliveries WHERE tries > 0") == []
        assert gateway.alive
        assert worker.alive
    ids = [headers["webhook-id"] for headers in receiver.headers]
    received = set(zip(ids, [body.decode() for _, body in receiver.requests], strict=True))
    committed = {(id_, payload) for id_, payload in events}
    assert received - committed == set(), "ids come again, with another event"
    assert committed - received == set()
    await history.agrees_with(where)
    await assert_invariants_hold(where)

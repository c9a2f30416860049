"""A receiver is away for hours or days: it is hardly asked, no event is given up for that, and all come afterwards."""

import asyncio
import logging
import os
from datetime import timedelta

import pytest

from core import EndpointRef
from tests.clock import Clock
from tests.ports import unused_port

STREAMS = int(os.environ.get("TIYIN_STREAMS", "100"))
"""Orders, of two events each."""

REQUESTS_MAX = 100
BACK_WITHIN = timedelta(minutes=5, seconds=10)


@pytest.fixture
def moved() -> Clock:
    """The clock that deliveries go by; the events are of its beginning."""
    return Clock()


@pytest.fixture
async def away(deliveries, moved):
    """Events of an endpoint where nobody listens, and a worker."""
    await deliveries.registers(url=f"http://127.0.0.1:{unused_port()}/hooks")
    for first in range(0, STREAMS, 20):
        await asyncio.gather(*(deliveries.pays(f"s{n}") for n in range(first, min(first + 20, STREAMS))))
    async with deliveries.sending(moved) as worker:
        yield lambda **by: passes(deliveries, moved, worker, by)


async def test_six_hours_away(away, deliveries, receiver, moved):
    until = moved() + timedelta(hours=6)
    while moved() < until:
        await away(seconds=150)
    assert len(await deliveries.sql("SELECT FROM webhook_attempts")) <= REQUESTS_MAX
    assert (await deliveries.states()).keys() == {"due"}
    await comes_back(deliveries, receiver)
    back_at = moved()
    while (await deliveries.states()).keys() != {"delivered"}:
        assert moved() - back_at <= BACK_WITHIN
        await away(seconds=5)
    await all_came_in_order(deliveries)
    [(most, together)] = await deliveries.sql("SELECT max(tries), sum(tries) FROM deliveries")
    assert most <= 5
    assert together <= 10, "probes are no tries"


async def test_six_days_away(away, deliveries, receiver, moved, caplog):
    for _ in range(6 * 8):
        await away(hours=3)
    assert [row[0] for row in await deliveries.sql("SELECT reason FROM webhook_endpoints")] == ["failing"]
    lines = [record for record in caplog.records if record.message == "webhook endpoint disabled"]
    assert [record.levelno for record in lines] == [logging.ERROR]
    assert (await deliveries.states()).keys() == {"due"}
    await comes_back(deliveries, receiver)
    receiver.answer = lambda event: 500 if len(receiver.requests) == 1 else 204  # one more, and it stays enabled
    await deliveries.endpoints_at(moved).enable(EndpointRef("main", "erp"))
    back_at = moved()
    while (await deliveries.states()).keys() != {"delivered"}:
        assert moved() - back_at <= BACK_WITHIN
        await away(seconds=5)
    await all_came_in_order(deliveries, once_more=1)


async def comes_back(deliveries, receiver):
    await deliveries.sql("UPDATE webhook_endpoints SET url = $1", receiver.url)


async def all_came_in_order(deliveries, once_more=0):
    orders = deliveries.orders()
    assert len(orders) == STREAMS
    assert set(orders.values()) == {("payment.created", "payment.paid")}
    assert deliveries.times_received().total() == 2 * STREAMS + once_more


IS_BUSY = """
    SELECT FROM webhook_endpoints e LEFT JOIN deliveries d ON d.endpoint_id = e.id AND d.state = 'due'
    WHERE e.resuming OR d.leased_until IS NOT NULL
        OR e.state = 'enabled' AND d.event_id IS NOT NULL
            AND (d.due_at <= $1 AND e.paused_until IS NULL OR e.paused_until <= $1)
            AND (e.paused_until IS NOT NULL OR NOT EXISTS (
                SELECT FROM deliveries b WHERE b.stream = d.stream AND b.sequence < d.sequence AND b.state = 'due'
            ))
    LIMIT 1
"""
"""Something is in flight, due now, or about to be let go. One statement: between two of them a probe may be claimed,
and its endpoint is then no longer due for one."""


async def passes(deliveries, moved, worker, by):
    """So much time, while nothing is in flight; until all that is due then has been sent."""
    moved.advance(**by)
    worker.look_again()
    async with asyncio.timeout(60):
        while await deliveries.sql(IS_BUSY, moved()):
            await asyncio.sleep(0.005)

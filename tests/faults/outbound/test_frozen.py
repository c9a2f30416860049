"""A worker freezes while it sends and thaws once its lease is over: by then another one has finished everything."""

import asyncio
import signal

import pytest
from sqlalchemy import text

from core.connection_pools import delivery_pool
from tests.gateway.conftest import read_metrics
from tests.long_timeouts import WAIT_SECONDS

ZOMBIES = "tiyin_webhook_zombies_total"


@pytest.mark.parametrize("late_answer", [204, 500])
async def test_a_zombie_changes_nothing(working, deliveries, database_url, receiver, http, late_answer):
    receiver.gate = asyncio.Event()
    receiver.answer = lambda event: late_answer if len(receiver.requests) == 1 else 204
    await deliveries.registers()
    await deliveries.pays("1001")
    async with working(database_url) as frozen:
        await receiver.receives(1)
        frozen.send_signal(signal.SIGSTOP)
        receiver.gate.set()
        await deliveries.leases_end()
        async with deliveries.sending():
            await deliveries.are_all()
            settled = await deliveries.sql("SELECT * FROM deliveries ORDER BY event_id")
            frozen.send_signal(signal.SIGCONT)
            await counts(http, f"{frozen.url}/metrics", ZOMBIES, 1)
        assert await deliveries.sql("SELECT * FROM deliveries ORDER BY event_id") == settled
    assert receiver.types == ["payment.created", "payment.created", "payment.paid"]
    assert await attempts(deliveries) == [
        (1, "received" if late_answer == 204 else "refused"),
        (2, "received"),
        (1, "received"),
    ]


async def test_who_freezes_while_settling_holds_nobody_up(deliveries, database_url, receiver):
    """Its connection stays open, and its endpoint locked, until the server ends what it has begun."""
    await deliveries.registers()
    await deliveries.pays("1001")
    async with delivery_pool(database_url) as engine:
        frozen = await engine.connect()
        await frozen.execute(text("SELECT FROM webhook_endpoints FOR NO KEY UPDATE"))
        async with deliveries.sending():
            await deliveries.are_all()
        await frozen.invalidate()
        await frozen.close()
    assert receiver.types == ["payment.created", "payment.paid"]


async def attempts(deliveries):
    rows = await deliveries.sql("SELECT fence, outcome FROM webhook_attempts ORDER BY event_id, fence")
    return [tuple(row) for row in rows]


async def counts(http, url, name, number):
    async with asyncio.timeout(WAIT_SECONDS):
        while (await read_metrics(http, url)).get((name,)) != number:
            await asyncio.sleep(0.1)

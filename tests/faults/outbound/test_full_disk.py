"""The database's disk is full while events are sent: what was sent is settled once there is room, and nothing else."""

import asyncio
from datetime import timedelta
from secrets import token_hex

import pytest
from aiohttp import web

from outbound.webhooks import worker as worker_module
from outbound.webhooks.places import WARM_ROOM_MAX
from tests.faults.harness.bounds import RECOVERY_SECONDS
from tests.faults.harness.deliveries import WORKER, deliveries_in
from tests.long_timeouts import WAIT_SECONDS

FULL_SECONDS = 3
"""Several times as long as a worker waits before it tries again."""

WAITS, GOES_ON = "webhook worker waits for the database", "webhook worker goes on"


def refusing_results(error: str) -> tuple[str, str]:
    """From now on the database answers this when the result of an attempt is written."""
    return (
        f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE {error}; END$$",
        "CREATE TRIGGER refuse BEFORE INSERT ON webhook_attempts EXECUTE FUNCTION refuse()",
    )


ACCEPTING_RESULTS = "DROP TRIGGER refuse ON webhook_attempts"


@pytest.fixture
def short_lease(monkeypatch):
    """A worker believes that its claims are over as soon as they cannot be settled."""
    monkeypatch.setattr(worker_module, "LEASE", timedelta(milliseconds=1))


async def test_a_disk_that_is_full_for_a_while(disk, books_on, scenario, working, receiver, http):
    receiver.answer = lambda event: web.Response(text=token_hex(900))  # it is kept: no page has room for many of them
    async with (
        scenario.under_traffic(**WORKER) as run,
        working(scenario.database_url) as worker,
        deliveries_in(scenario.database_url, receiver) as deliveries,
    ):
        await deliveries.registers()
        await receiver.receives(WARM_ROOM_MAX)
        await are_in_flight(receiver, WARM_ROOM_MAX // 2)
        disk.fill()
        await run.has_database_error(http, "out_of_resources")
        receiver.gate.set()
        await says(worker, WAITS)
        await asyncio.sleep(FULL_SECONDS)
        assert noise_of(worker) == [WAITS]
        disk.clear()
        async with asyncio.timeout(RECOVERY_SECONDS):
            await run.recovers()
            await all_so_far_are_delivered(deliveries)
        assert noise_of(worker) == [WAITS, GOES_ON]
        assert max(deliveries.times_received().values()) == 1
        assert await deliveries.sql("SELECT FROM deliveries WHERE tries > 0 OR losses > 0") == []


async def are_in_flight(receiver, count):
    """Return once the receiver holds so many requests."""
    receiver.gate = asyncio.Event()
    async with asyncio.timeout(WAIT_SECONDS):
        while sum(receiver.in_flight.values()) < count:
            await asyncio.sleep(0.01)


async def says(worker, event):
    async with asyncio.timeout(WAIT_SECONDS):
        while event not in noise_of(worker):
            await asyncio.sleep(0.01)


def noise_of(worker):
    """What it logs but for its jobs, which say how seldom they try again."""
    loud = [line["event"] for line in worker.lines() if line["level"] in ("warning", "error", "critical")]
    return [event for event in loud if event != "periodic job failed"]


async def all_so_far_are_delivered(deliveries):
    events = {row[0] for row in await deliveries.sql("SELECT event_id FROM deliveries")}
    while await deliveries.sql("SELECT FROM deliveries WHERE state <> 'delivered' AND event_id = ANY ($1)", events):
        await asyncio.sleep(0.01)
    assert {f"evt_{event}" for event in events} <= deliveries.times_received().keys()


async def test_what_cannot_be_settled_for_long_is_not_sent_again(deliveries, receiver, short_lease, caplog):
    """Claims alone still find room, and would count what was received long ago as lost."""
    await deliveries.registers()
    await deliveries.runs(*refusing_results("disk_full"))
    async with deliveries.sending():
        await deliveries.pays("1001")
        await receiver.receives(1)
        for _ in range(FULL_SECONDS):
            await asyncio.sleep(worker_module.RETRY_SECONDS)
            await deliveries.leases_end()
        assert await deliveries.sql("SELECT FROM deliveries WHERE losses > 0") == []
        await deliveries.runs(ACCEPTING_RESULTS)
        await deliveries.are_all()
    assert receiver.types == ["payment.created", "payment.paid"]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [WAITS, GOES_ON]


async def test_what_a_bug_keeps_from_being_settled_is_left_to_its_lease(deliveries, receiver, short_lease):
    """It holds no place for ever: the others are sent, and it is sent again."""
    await deliveries.registers()
    await deliveries.runs(*refusing_results("data_exception"))
    async with deliveries.sending():
        for n in range(WARM_ROOM_MAX + 1):
            await deliveries.creates(f"s{n}")
        await receiver.receives(WARM_ROOM_MAX + 1)
        await deliveries.runs(ACCEPTING_RESULTS)
        await deliveries.leases_end()
        await deliveries.are_all()

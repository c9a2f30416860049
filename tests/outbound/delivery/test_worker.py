"""A worker of its own sends what those who serve only give notice of, and takes over what goes on beside the calls."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core import worker_lives
from gateway.observability.metrics import METRICS
from gateway.worker import WORKER_OUTBOUND, build_worker
from tests.conftest import Served
from tests.outbound.delivery.conftest import KEY
from tests.outbound.delivery.test_delivery import until

pytestmark = pytest.mark.settings(OUTBOUND="worker", WEBHOOK_KEY=KEY, WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")


@pytest.fixture
async def worker(settings, gateway, database_url, clock) -> AsyncIterator[Served]:
    server = Served(await build_worker(settings, database_url, clock, clock.of_database))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
def slow_poll(monkeypatch):
    """Nothing is found by looking: only who hears a notice can know."""
    monkeypatch.setattr("outbound.webhooks.worker.POLL_SECONDS", 3600.0)
    monkeypatch.setattr("gateway.worker.POLL_SECONDS", 3600.0)
    monkeypatch.setattr("gateway.worker.POLL_WITHOUT_NOTICES_SECONDS", 3600.0)


async def test_a_worker_is_woken_by_the_payments_of_those_who_serve(slow_poll, worker, pays, receiver, registers):
    await registers()
    worker.app[WORKER_OUTBOUND].wake()
    await until(hears(worker))
    await pays("1001")
    assert [event["type"] for event in await receiver.receives(2)] == ["payment.created", "payment.paid"]


def hears(worker):
    async def heard() -> bool:
        page = await worker.app[METRICS].shared_page()
        return b"tiyin_bell_lost 0.0" in page

    return heard


async def test_while_a_worker_lives_those_who_serve_leave_the_rest_to_it(worker, gateway, database):
    await until(lambda: worker_lives(database))
    await worker.close()
    assert not await worker_lives(database)


async def test_a_worker_says_whether_it_is_ready(worker, http):
    async with http.get(worker.make_url("/health/ready")) as response:
        assert (response.status, await response.json()) == (200, {"status": "ready"})


async def test_a_stop_while_a_receiver_is_silent_is_no_loss(worker, pays, receiver, registers, rows, monkeypatch):
    monkeypatch.setattr("outbound.webhooks.worker.STOP_SECONDS", 0.5)
    await registers()
    receiver.gate = asyncio.Event()
    await pays("1001")
    await receiver.receives(1)
    await worker.close()
    assert await rows("sequence, state, tries, losses, leased_until, fence") == [
        (1, "due", 0, 0, None, 1),
        (2, "due", 0, 0, None, 0),
    ]


@pytest.mark.settings(OUTBOUND="off")
async def test_with_outbound_off_events_wait(pays, receiver, registers, rows):
    await registers()
    await pays("1001")
    assert await rows("count(*)", "deliveries") == [(2,)]
    assert receiver.requests == []

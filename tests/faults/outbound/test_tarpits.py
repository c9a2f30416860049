"""Endpoints that take for ever to answer, with thousands of events due, keep no other endpoint's events waiting."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bench.processes import forget_most_resident, most_resident, resident
from core import EndpointRef
from schema.webhooks import DisabledReason
from tests.outbound.receiver import Receiver, endless, silence

OK = b"HTTP/1.1 200 OK\r\n"
TARPITS = {
    "headers": endless(OK, b"x: y\r\n", 0.1),
    "body": endless(OK + b"Content-Length: 1000000\r\n\r\n", b".", 0.1),
    "endless": endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000),
    "silent": silence,
}
PLACES_MAX = 8
DUE = 2_500
"""At each of them."""

AT_ONCE = 50
ORDERS = 25
WAITING = """
    SELECT count(*) FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
    WHERE d.state = 'due' AND e.name <> 'erp'
"""
NOTICE = "SELECT pg_notify('tiyin', '')"
GROWTH_MAX = 16 * 2**20


class Tarpit(Receiver):
    """Keeps its connections, of which those are open that the worker has not given up."""

    def __init__(self, says):
        super().__init__(self.kept(says))
        self.writers = []

    def kept(self, says):
        async def behave(receiver, reader, writer):
            self.writers.append(writer)
            await says(receiver, reader, writer)

        return behave

    @property
    def held(self):
        return sum(not writer.is_closing() for writer in self.writers)


@pytest.fixture
async def tarpits(deliveries):
    """With all that is due to them; disabled, for now."""
    async with AsyncExitStack() as stack:
        tarpits = {name: await stack.enter_async_context(Tarpit(says)) for name, says in TARPITS.items()}
        for name, tarpit in tarpits.items():
            await deliveries.registers(name, tarpit.url())
            await deliveries.endpoints.disable(EndpointRef("main", name), DisabledReason.OPERATOR)
        for first in range(0, DUE // 2, AT_ONCE):
            await asyncio.gather(*(deliveries.pays(f"due-{n}") for n in range(first, first + AT_ONCE)))
        yield tarpits


async def test_four_tarpits_hold_eight_places_and_delay_nobody(tarpits, deliveries, receiver, working, database_url):
    await deliveries.registers()
    async with working(database_url) as worker:
        await pay_one_after_another(deliveries, receiver, "before", tarpits)
        memory = resident(worker.process)
        forget_most_resident(worker.process)
        for name in tarpits:
            await deliveries.endpoints.enable(EndpointRef("main", name))
        async with asyncio.timeout(30):
            while not all(tarpit.connections for tarpit in tarpits.values()):
                await asyncio.sleep(0.01)
        await pay_one_after_another(deliveries, receiver, "beside", tarpits)
        growth = most_resident(worker.process) - memory
    print(f"{growth / 2**20:.1f} MiB more")  # noqa: T201 - a figure for the reader
    assert growth <= GROWTH_MAX
    assert receiver.types == ["payment.created", "payment.paid"] * (2 * ORDERS)
    assert (await deliveries.sql(WAITING))[0][0] == len(TARPITS) * (DUE + 2 * 2 * ORDERS)


async def pay_one_after_another(deliveries, receiver, name, tarpits):
    """Each when the events of the one before it were received."""
    for n in range(ORDERS):
        count = len(receiver.requests)
        await deliveries.pays(f"{name}-{n}")
        await deliveries.sql(NOTICE)
        await receiver.receives(count + 2)
        held = {name: tarpit.held for name, tarpit in tarpits.items()}
        assert sum(held.values()) <= PLACES_MAX, held

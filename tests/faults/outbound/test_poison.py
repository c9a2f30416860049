"""One event is refused for ever, breaks its receiver, or ends whoever sends it: all others go on without it."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from schema.webhooks import DeadReason
from tests.clock import Clock
from tests.faults.outbound.test_outages import passes
from tests.long_timeouts import WAIT_SECONDS

OTHERS = 5
LOSSES = 5


@pytest.fixture
def moved() -> Clock:
    return Clock()


def is_poison(event) -> bool:
    return (event["data"]["order"]["account"], event["type"]) == ("poison", "payment.created")


def poisoned(answer):
    return lambda event: answer(event) if is_poison(event) else 204


class Closed(web.Response):
    """The connection ends without an answer."""

    async def prepare(self, request):
        request.transport.abort()
        return await super().prepare(request)


async def waits(deliveries) -> int:
    return (await deliveries.sql("SELECT count(*) FROM deliveries WHERE state = 'due'"))[0][0]


async def poison(deliveries, columns: str):
    rows = await deliveries.sql(
        f"SELECT {columns} FROM deliveries WHERE event_id = (SELECT min(event_id) FROM deliveries)"
    )
    return tuple(rows[0])


async def test_refused_for_ever_it_is_dead_after_its_tries(deliveries, receiver, moved):
    receiver.answer = poisoned(lambda event: 500)
    await deliveries.registers()
    await deliveries.pays("poison")
    for n in range(OTHERS):
        await deliveries.pays(f"s{n}")
    async with deliveries.sending(moved) as worker:
        await passes(deliveries, moved, worker, {"seconds": 0})
        assert await waits(deliveries) == 2, "but for itself and its successor"
        await passes(deliveries, moved, worker, {"seconds": 61})
        async with asyncio.timeout(WAIT_SECONDS):
            while await waits(deliveries) > 1:  # its successor comes behind its retry; then it alone waits
                await asyncio.sleep(0.01)
        for n in range(12):
            await deliveries.pays(f"later{n}")
            await passes(deliveries, moved, worker, {"hours": 30})
    assert await poison(deliveries, "state, reason, tries") == ("dead", DeadReason.TRIES, 12)
    assert deliveries.times_received().most_common(2)[0][1] == 12
    assert await deliveries.sql("SELECT FROM webhook_endpoints WHERE state = 'enabled' AND paused_until IS NULL")


async def test_an_endpoint_that_breaks_of_it_receives_the_others(deliveries, receiver, moved):
    """It alone is paused for, and the next probe takes another event."""
    receiver.answer = poisoned(lambda event: Closed())
    await deliveries.registers()
    await deliveries.pays("poison")
    began = moved()
    async with deliveries.sending(moved) as worker:
        while not await deliveries.sql("SELECT FROM webhook_endpoints WHERE paused_until IS NOT NULL"):
            await passes(deliveries, moved, worker, {"seconds": 30})
            assert moved() - began < timedelta(hours=12)
        for n in range(OTHERS):
            await deliveries.pays(f"s{n}")
        came = moved()
        while await waits(deliveries) > 1:
            await passes(deliveries, moved, worker, {"seconds": 20})
            assert moved() - came < timedelta(minutes=10)
    assert (await poison(deliveries, "state"))[0] == "due"


async def test_the_next_probe_takes_another_event(deliveries, receiver, moved):
    """Which is due by then, though not before the first was."""
    receiver.answer = poisoned(lambda event: Closed())
    await deliveries.registers()
    await deliveries.creates("poison")
    await deliveries.creates("other")
    await deliveries.sql(
        "UPDATE deliveries SET due_at = $1::timestamptz"
        " + interval '1 minute' * (event_id - (SELECT min(event_id) FROM deliveries))",
        moved(),
    )
    await deliveries.sql("UPDATE webhook_endpoints SET failures = 20, failing_since = $1, paused_until = $1", moved())
    async with deliveries.sending(moved) as worker:
        await passes(deliveries, moved, worker, {"seconds": 0})
        await passes(deliveries, moved, worker, {"minutes": 5})
    assert [event["data"]["order"]["account"] for event in receiver.events] == ["poison", "other"]


async def test_what_ends_those_who_send_it_is_dead_after_five_losses(starts_worker, deliveries, database_url, receiver):
    victims = []
    receiver.answer = poisoned(lambda event: victims[-1].kill() or 204)
    await deliveries.registers()
    await deliveries.pays("poison")
    for _ in range(LOSSES):
        victims.append(starts_worker(database_url))
        await victims[-1].ended()
        await deliveries.leases_end()
    for n in range(OTHERS):
        await deliveries.pays(f"s{n}")
    async with deliveries.sending():
        await deliveries.are_all_but_dead(1)
    assert await poison(deliveries, "state, reason, losses") == ("dead", DeadReason.KILLS_WORKERS, LOSSES)
    assert {tuple(sorted(types)) for types in deliveries.orders().values()} == {("payment.created", "payment.paid")}


async def test_what_cannot_be_signed_waits_for_its_key(deliveries, receiver, moved):
    """It was never sent: no worker has died of it, however long nobody finds out."""
    await deliveries.registers()
    await deliveries.sql("UPDATE webhook_endpoints SET key_print = 'of another key'")
    await deliveries.pays("1001")
    async with deliveries.sending(moved) as worker:
        for _ in range(2 * LOSSES):
            moved.advance(minutes=15)
            worker.look_again()
            await asyncio.sleep(0.2)
        assert (await deliveries.states()).keys() == {"due"}
        await deliveries.sql("UPDATE webhook_endpoints SET key_print = $1", deliveries.secrets.fingerprint)
        moved.advance(minutes=15)
        await deliveries.are_all()
    assert receiver.types == ["payment.created", "payment.paid"]

"""An endpoint's row, which every payment's save reads, changes no oftener than there is news of the endpoint."""

from core.deliveries.endpoints import EndpointRef, WantedEndpoint
from core.deliveries.pulls import Pulls, TakenEvent
from schema.webhooks import AttemptOutcome, EndpointSource

ERP = EndpointRef("main", "erp")


async def versions(rows):
    """Which version of each row it is."""
    return await rows("id, ctid", "webhook_endpoints")


async def test_successes_of_one_second_write_it_once(books, sender, registers, rows, endpoints, clock):
    await registers()
    await books.pays("1")
    await books.pays("2")
    await sender.sends()
    before = await versions(rows)
    assert len(await sender.sends()) == 2
    assert await versions(rows) == before
    clock.advance(seconds=1)
    await books.pays("3")
    await sender.sends()
    assert (await endpoints.get(ERP)).last_success_at == clock()


async def test_failures_write_it_each_until_one_more_decides_nothing(books, sender, registers, rows, endpoints):
    await registers()
    await books.creates(await books.opens("1"))
    for _ in range(20):
        assert await sender.sends(AttemptOutcome.REFUSED, retry_in=0) == ["payment.created"]
    before = await versions(rows)
    await sender.sends(AttemptOutcome.REFUSED, retry_in=0)
    assert ((await endpoints.get(ERP)).failures, await versions(rows)) == (20, before)
    await sender.sends()
    endpoint = await endpoints.get(ERP)
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


async def test_acknowledgements_of_one_second_write_it_once(books, endpoints, delivery_engine, rows, clock):
    pulls = Pulls(delivery_engine, clock)
    office = await endpoints.register(WantedEndpoint(EndpointRef("main", "office"), None, None), EndpointSource.API)
    await books.pays("1")
    found = []
    for _ in range(2):
        taken = [TakenEvent(event.event_id, event.fence) for event in await pulls.pull(office)]
        assert await pulls.acknowledge(office, taken) == taken
        found.append(await versions(rows))
    assert found[0] == found[1]

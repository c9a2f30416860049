"""A shop without a public address takes its events in order, and each until it has acknowledged it."""

from datetime import timedelta

import pytest

from core.deliveries.endpoints import EndpointRef, WantedEndpoint
from core.deliveries.pulls import Pulls, TakenEvent
from core.deliveries.queue import LEASE
from schema.values import OrderKind
from schema.webhooks import DisabledReason, EndpointSource


@pytest.fixture
def pulls(delivery_engine, clock):
    return Pulls(delivery_engine, clock)


@pytest.fixture
async def office(endpoints):
    return await endpoints.register(WantedEndpoint(EndpointRef("main", "office"), None, None), EndpointSource.API)


def taken(events):
    return [TakenEvent(event.event_id, event.fence) for event in events]


def types(events):
    return [event.body.partition('"type": "')[2].partition('"')[0] for event in events]


async def test_events_of_one_order_come_one_after_another(books, pulls, office):
    await books.pays("1")
    first = await pulls.pull(office)
    assert (types(first), await pulls.pull(office)) == (["payment.created"], [])
    assert await pulls.acknowledge(office, taken(first)) == taken(first)
    assert types(await pulls.pull(office)) == ["payment.paid"]


async def test_orders_and_payments_of_a_balance_come_together(books, pulls, office):
    balance = await books.opens("card", OrderKind.ACCUMULATIVE)
    for name in ("first", "second"):
        await books.creates(balance, name)
    await books.pays("1")
    assert (len(await pulls.pull(office, 1)), len(await pulls.pull(office))) == (1, 2)


async def test_what_is_not_acknowledged_comes_again_after_what_is_new(books, pulls, office, clock, rows):
    await books.creates(await books.opens("1"))
    for _ in range(7):  # as often as it takes: nothing is given up
        (lost,) = await pulls.pull(office)
        clock.advance(seconds=60)
    await books.creates(await books.opens("2"))
    (new,) = await pulls.pull(office, 1)
    (again,) = await pulls.pull(office, 1)
    assert new.event_id != again.event_id == lost.event_id
    assert await pulls.acknowledge(office, taken([lost])) == []
    assert await pulls.acknowledge(office, taken([again])) == taken([again])
    assert again.leased_until - clock() == LEASE == timedelta(minutes=1)


async def test_what_was_pulled_and_not_acknowledged_is_sent_once_there_is_a_url(
    books, pulls, office, endpoints, sender, clock
):
    """A shop that takes and does not acknowledge has ended no sender."""
    await books.creates(await books.opens("1"))
    for _ in range(7):
        await pulls.pull(office)
        clock.advance(seconds=60)
    await endpoints.change(WantedEndpoint(EndpointRef("main", "office"), "https://office.example.uz/", None))
    assert await sender.sends() == ["payment.created"]


async def test_acknowledged_twice_is_acknowledged_once(books, pulls, office, rows):
    await books.creates(await books.opens("1"))
    events = await pulls.pull(office)
    for _ in range(2):
        assert await pulls.acknowledge(office, taken(events)) == taken(events)
    assert await rows("state, tries, leased_until") == [("delivered", 0, None)]
    assert await rows("outcome, note", "webhook_attempts") == [("received", "acknowledged")]


async def test_a_disabled_one_is_given_nothing_and_one_that_is_sent_to_is_not_pulled(
    books, pulls, office, registers, endpoints
):
    pushed = await registers()
    await books.creates(await books.opens("1"))
    assert await pulls.pull(pushed) == []
    await endpoints.disable(EndpointRef("main", "office"), DisabledReason.SHOP)
    assert await pulls.pull(office) == []


async def test_nobody_sends_what_is_pulled(books, sender, office):
    await books.pays("1")
    assert await sender.claims() == []


async def test_an_acknowledgement_is_of_the_endpoints_own(books, pulls, office, endpoints):
    wanted = WantedEndpoint(EndpointRef("toys", "office"), None, None)
    other = await endpoints.register(wanted, EndpointSource.API)
    await books.creates(await books.opens("1"))
    events = await pulls.pull(office)
    assert await pulls.acknowledge(other, taken(events)) == []
    assert await pulls.acknowledge(office, taken(events)) == taken(events)

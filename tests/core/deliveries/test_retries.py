"""A retry sends the same event again, whatever came of it; what is being sent is left alone."""

from datetime import timedelta

import pytest

from core.deliveries import retention
from core.deliveries.endpoints import EndpointRef, WantedEndpoint
from core.deliveries.retries import Retried, Retries
from schema.webhooks import AttemptOutcome

REFUSED = AttemptOutcome.REFUSED


@pytest.fixture
def retries(delivery_engine, clock):
    return Retries(delivery_engine, clock)


@pytest.mark.parametrize(("outcome", "retry_in"), [(REFUSED, None), (REFUSED, 600), (AttemptOutcome.RECEIVED, None)])
async def test_dead_waiting_or_delivered_it_is_sent_again_with_all_its_tries(
    books, sender, registers, retries, outcome, retry_in
):
    await registers()
    await books.creates(await books.opens("1"))
    (first,) = await sender.claims()
    await sender.settles([first], outcome, retry_in)
    assert await retries.retry("main", first.event_id) == Retried(("erp",), ())
    (again,) = await sender.claims()
    assert (again.event_id, again.body, again.tries) == (first.event_id, first.body, 0)


async def test_what_was_skipped_is_sent_after_all(books, sender, registers, retries, endpoints, rows):
    await registers("a")
    await books.creates(await books.opens("1"))
    await endpoints.change(WantedEndpoint(EndpointRef("main", "a"), "https://a.uz/", ["payment.paid"]))
    ((event_id, state),) = await rows("event_id, state")
    assert state == "skipped"
    await retries.retry("main", event_id, "a")
    assert await sender.sends() == ["payment.created"]


async def test_what_is_in_flight_is_left_alone(books, sender, registers, retries, rows, clock):
    await registers()
    await books.creates(await books.opens("1"))
    (claim,) = await sender.claims()
    before = await rows("*")
    assert await retries.retry("main", claim.event_id) == Retried((), ("erp",))
    assert (await rows("*"), await sender.claims()) == (before, [])
    assert (await sender.settles([claim])).zombies == 0


async def test_one_endpoint_is_meant_or_all(books, sender, registers, retries):
    await registers("a")
    await registers("b")
    await books.creates(await books.opens("1"))
    claims = await sender.claims()
    await sender.settles(claims)
    assert await retries.retry("main", claims[0].event_id, "b") == Retried(("b",), ())
    assert await retries.retry("main", claims[0].event_id) == Retried(("a", "b"), ())


async def test_nothing_of_another_shop_is_touched(books, sender, registers, retries, rows):
    await registers()
    await books.creates(await books.opens("1"))
    await sender.sends()
    before = await rows("*")
    for other in ("toys", "main~test"):
        assert await retries.retry(other, before[0][0]) == Retried((), ())
        assert await retries.retry(other, before[0][0], "erp") == Retried((), ())
    assert await rows("*") == before


async def test_what_was_sent_again_keeps_nothing_else_from_being_deleted(
    books, sender, registers, retries, delivery_engine, clock, rows, monkeypatch
):
    monkeypatch.setattr(retention, "CHUNK_ROWS", 1)
    await registers()
    for account in ("1", "2"):
        await books.creates(await books.opens(account))
    await sender.sends()
    clock.advance(days=100)
    ((first, _), (second, _)) = await rows("event_id, state")
    await retries.retry("main", first)
    assert await retention.delete_old_deliveries(delivery_engine, clock() - timedelta(days=90)) == 1
    assert await rows("event_id, state") == [(first, "due")]
    assert first < second

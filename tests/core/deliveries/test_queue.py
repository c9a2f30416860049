"""Deliveries are claimed in order, each by one at a time, and settled by whom they were claimed last."""

import pytest
from sqlalchemy import text

from schema.values import OrderKind
from schema.webhooks import AttemptOutcome
from tests.core.deliveries.conftest import ROOM

DOWN, ANSWERED = AttemptOutcome.TIMEOUT, AttemptOutcome.REFUSED


async def test_an_event_is_delivered_to_every_endpoint_that_asks_for_it(books, sender, registers):
    await registers("all")
    await registers("paid", events=["payment.paid"])
    await registers("other", shop="toys")
    await registers("test", shop="main~test")
    await books.pays("1001")
    first = await sender.claims()
    assert [(claim.destination.name, claim.event) for claim in sorted(first, key=lambda c: c.destination.name)] == [
        ("all", "payment.created"),
        ("paid", "payment.paid"),
    ]


async def test_events_before_an_endpoint_are_not_its_own(books, sender, registers):
    await books.pays("1001")
    await registers()
    assert await sender.claims() == []


async def test_of_one_order_one_event_is_in_flight_at_a_time(books, sender, registers):
    await registers()
    await books.pays("1001")
    (created,) = await sender.claims()
    assert await sender.claims() == []
    await sender.settles([created])
    (paid,) = await sender.claims()
    assert (created.event, paid.event) == ("payment.created", "payment.paid")


async def test_payments_of_a_balance_are_streams_of_their_own(books, sender, registers):
    await registers()
    balance = await books.opens("card", OrderKind.ACCUMULATIVE)
    await books.creates(balance, "first")
    await books.creates(balance, "second")
    assert len(await sender.claims()) == 2


async def test_an_event_that_waits_for_its_retry_holds_its_successors_back_for_a_minute(
    books, sender, registers, clock
):
    await registers()
    await books.pays("1001")
    assert await sender.sends(ANSWERED, retry_in=600) == ["payment.created"]
    clock.advance(seconds=59)
    assert await sender.sends() == []
    clock.advance(seconds=2)
    assert await sender.sends() == ["payment.paid"]


@pytest.mark.parametrize("outcome", [AttemptOutcome.RECEIVED, ANSWERED])
async def test_what_is_not_settled_within_its_lease_is_claimed_again_and_fenced(
    books, sender, registers, clock, outcome
):
    await registers()
    await books.pays("1001")
    (lost,) = await sender.claims()
    clock.advance(seconds=61)
    (again,) = await sender.claims()
    assert (again.event_id, again.fence) == (lost.event_id, lost.fence + 1)
    assert (await sender.settles([lost], outcome)).zombies == 1
    assert (await sender.settles([again], outcome)).zombies == 0


async def test_settled_twice_is_settled_once(books, sender, registers, rows):
    await registers()
    await books.pays("1001")
    claims = await sender.claims()
    await sender.settles(claims)
    assert (await sender.settles(claims)).zombies == 1
    assert len(await rows("event_id", "webhook_attempts")) == 1


async def test_what_two_endpoints_have_received_is_settled_though_one_had_failed(
    books, sender, registers, rows, endpoints
):
    await registers("erp", events=["payment.created"])
    await registers("crm")
    await books.pays("1001")
    crm, erp = sorted(await sender.claims(), key=lambda claim: claim.destination.name)
    await sender.settles([crm], ANSWERED, retry_in=0)
    (crm,) = await sender.claims()
    assert (await sender.settles([erp, crm])).zombies == 0
    assert await rows("state, count(*)", "deliveries GROUP BY state") == [("delivered", 2), ("due", 1)]
    assert [(endpoint.failures, endpoint.failing_since) for endpoint in await endpoints.all()] == [(0, None)] * 2


async def test_a_failure_settled_twice_is_one_try(books, sender, registers, rows):
    """The answer to a COMMIT may be lost: then the same is settled again."""
    await registers()
    await books.pays("1001")
    claims = await sender.claims()
    for _ in range(2):
        await sender.settles(claims, ANSWERED)
    assert [row[1:] for row in await rows("event_id, state, tries")] == [("due", 1), ("due", 0)]


async def test_after_its_last_try_it_is_dead_and_its_successor_goes(books, sender, registers, rows):
    await registers()
    await books.pays("1001")
    await sender.sends(ANSWERED, retry_in=None)
    assert await sender.sends() == ["payment.paid"]
    found = await rows("event_id, state, reason, tries")
    assert [row[1:] for row in found] == [("dead", "tries", 1), ("delivered", None, 0)]


async def test_what_nobody_lives_to_settle_is_dead_after_five_times(books, sender, registers, rows, clock):
    await registers()
    await books.pays("1001")
    for _ in range(5):
        assert [claim.event for claim in await sender.claims()] == ["payment.created"]
        clock.advance(seconds=61)
    assert await sender.sends() == []
    assert await sender.sends() == ["payment.paid"]
    assert (await rows("event_id, state, reason"))[0][1:] == ("dead", "kills_workers")


async def test_what_is_lost_beside_one_that_ends_its_senders_does_not_end_with_it(
    books, sender, registers, rows, clock
):
    """Whoever has the first event in hand dies."""
    await registers()
    for account in ("poison", "one", "two", "three"):
        await books.creates(await books.opens(account))
    for _ in range(20):
        claims = await sender.claims()
        if not any("poison" in claim.body.decode() for claim in claims):
            await sender.settles(claims)
        clock.advance(seconds=61)
    states = await rows("state, reason, count(*)", "deliveries GROUP BY state, reason")
    assert states == [("dead", "kills_workers", 1), ("delivered", None, 3)]


async def test_what_is_settled_was_not_lost_in_a_row(books, sender, registers, rows, clock):
    await registers()
    await books.creates(await books.opens("1001"))
    for _ in range(4):
        await sender.claims()
        clock.advance(seconds=61)
        assert await sender.sends(ANSWERED) == ["payment.created"]
        clock.advance(seconds=61)
    assert await rows("state, losses") == [("due", 0)]


async def test_an_event_of_a_clock_that_is_ahead_holds_nobody_back_for_longer(
    books, sender, registers, database, clock
):
    await registers()
    await books.pays("1001")
    async with database.connect() as connection:
        await connection.execute(text("UPDATE deliveries SET created_at = created_at + interval '10 minutes'"))
    assert await sender.sends(ANSWERED, retry_in=600) == ["payment.created"]
    clock.advance(seconds=61)
    assert await sender.sends() == ["payment.paid"]


async def test_a_room_bounds_what_is_claimed(books, sender, registers):
    endpoint = await registers()
    for n in range(5):
        await books.pays(f"{n}")
    assert len(await sender.claims(ROOM._replace(known={endpoint.id: (2, True)}))) == 2
    assert await sender.claims(ROOM._replace(known={endpoint.id: (0, True)})) == []
    assert await sender.claims(ROOM._replace(cold_endpoints=0)) == []

"""A worker is killed at every message that it sends to the database for deliveries, before and after it is dealt with.

What it had in hand is sent again once its lease has ended, by whoever is there: nothing is lost, and what comes twice
has the same id and had been sent.
"""

import asyncio
import os
from datetime import timedelta
from functools import partial

import pytest

from tests.faults.harness.deliveries import Admission
from tests.faults.harness.delivery_points import STATEMENTS, PointStrike

NEVER = "3600"
KINDS = "BDEHPQS" if os.environ.get("TIYIN_EVERY_POINT") else "QS"
"""All, or those that end a statement or a transaction: what comes before them is done with them, or not at all."""

NEXT_TRY_WITHIN = timedelta(seconds=65)

FAILED = "UPDATE webhook_endpoints SET failures = 1, failing_since = now()"
"""Lately: a success of such an endpoint is settled as any result is."""

BOTH_SIDES = pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])


@pytest.fixture
def starts(starts_worker, wire):
    """A worker behind the wire, of which nothing is heard there but what belongs to deliveries."""
    cable, near_end = wire
    cable.subjects = tuple(STATEMENTS.values())
    return partial(starts_worker, near_end, TIYIN_TEST_READINESS=NEVER)


@pytest.fixture
async def points(starts, deliveries, wire):
    """All messages by which two events of one order are claimed and settled; found by one that does it."""
    strike = wire[0].strike = PointStrike(0, lambda: None, answered=False)
    await deliveries.registers()
    await deliveries.sql(FAILED)
    await deliveries.pays("first")
    worker = starts()
    await deliveries.are_all()
    worker.kill()
    await worker.ended()
    points = [point for point in strike.seen if point.is_certain(2) and point.kind in KINDS]
    assert {point.statement for point in points} == {*STATEMENTS, "BEGIN", "COMMIT"}
    assert {point.kind for point in points} == set(KINDS)
    return points


@BOTH_SIDES
async def test_killed_at_every_message(points, starts, deliveries, receiver, wire, answered):
    for number, point in enumerate(points):
        await deliveries.sql(FAILED)
        await deliveries.pays(f"c{number}")
        victim = starts()
        wire[0].strike = PointStrike(0, victim.kill, answered, point=point)
        await ends(victim)
        await deliveries.leases_end()
        async with deliveries.sending():
            await deliveries.are_all()
        came_in_order(deliveries, f"c{number}", point.is_sent and not point.is_settled(answered))
    assert len(deliveries.times_received()) == 2 * (len(points) + 1)


@BOTH_SIDES
async def test_killed_beside_another(points, starts, deliveries, receiver, wire, answered):
    """Who looks for the same events all the time, and leaves them alone for as long as they are leased."""
    other = Admission()
    points = [point for point in points if point.is_certain(1)]  # what comes later may be the other's
    successes = [point for point in points if point.statement == "settle successes"]
    async with deliveries.sending(places=other):
        for number, point in enumerate((*points, *successes)):
            other.places, receiver.gate = 0, asyncio.Event()
            if has_failed := number < len(points):
                await deliveries.sql(FAILED)
            await deliveries.pays(f"c{number}")
            victim = starts()
            wire[0].strike = PointStrike(0, victim.kill, answered, point=point)
            await deliveries.are_taken(victim)
            other.places = 2
            if point.is_sent:
                await leaves_alone(other, receiver, 1)
            receiver.gate.set()
            await ends(victim)
            if point.is_claimed(answered, has_failed=has_failed):
                await leaves_alone(other, receiver, int(point.is_sent))
                [(left,)] = await deliveries.sql("SELECT max(leased_until) - now() FROM deliveries")
                assert left <= NEXT_TRY_WITHIN
                await deliveries.leases_end()
            await deliveries.are_all()
            once_more = point.is_sent and not point.is_settled(answered, has_failed=has_failed)
            came_in_order(deliveries, f"c{number}", once_more)
            receiver.requests.clear()
    assert receiver.overlaps == 0


async def ends(victim):
    """Of the strike."""
    try:
        await victim.ended()
    finally:
        victim.kill()


async def leaves_alone(other, receiver, received):
    await receiver.receives(received)
    await other.looks()
    assert len(receiver.requests) == received


def came_in_order(deliveries, account, once_more):
    """Both events of the order, and the one in hand once more at most."""
    events = [event for event in deliveries.receiver.events if event["data"]["order"]["account"] == account]
    types = [event["type"] for event in events]
    assert types == sorted(types)
    assert set(types) == {"payment.created", "payment.paid"}
    assert len({event["id"] for event in events}) == 2 >= len(events) - once_more

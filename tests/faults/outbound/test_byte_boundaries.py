"""A worker is killed between two bytes of its exchange with a receiver: of the request's head, of its body, of the
answer. The event comes again, and has come before only if the request had gone out whole; whoever is there sends it."""

import os

import pytest

from tests.faults.harness.deliveries import Admission
from tests.faults.harness.receiver_wire import ByteStrike, Way, wire_to_receiver

EVERY = bool(os.environ.get("TIYIN_EVERY_POINT"))


@pytest.fixture
async def exchange(deliveries, receiver):
    """A wire to the receiver, which an endpoint is registered behind, and how many bytes pass each way."""
    async with wire_to_receiver(receiver.server.port) as wire:
        await deliveries.registers(url=wire.url)
        for sequence in ("order_ids", "payment_ids", "transition_ids"):  # ids, and so requests, of one length
            await deliveries.sql(f"SELECT setval('{sequence}', 1000000)")
        await deliveries.creates("p9999")
        async with deliveries.sending():
            await deliveries.are_all()
        yield wire, dict(wire.passed)


async def test_killed_between_two_bytes(exchange, starts_worker, deliveries, database_url, receiver):
    wire, passed = exchange
    for number, (way, at) in enumerate(points(passed)):
        receiver.requests.clear()
        await deliveries.creates(f"p{number:04}")
        victim = starts_worker(database_url)
        strike = wire.strike = ByteStrike(way, at, victim.kill)
        await victim.ended()
        assert strike.is_struck
        went_out = way is Way.ANSWER or at == len(passed[way])
        is_over = way is Way.ANSWER and at == len(passed[way])  # it may be settled before the kill
        await receiver.receives(int(went_out))
        wire.strike = None
        await deliveries.leases_end()
        async with deliveries.sending():
            await deliveries.are_all()
        ids = [headers["webhook-id"] for headers in receiver.headers]
        assert len(ids) == 1 + went_out or is_over, (way, at)
        assert len(set(ids)) == 1
    assert number >= 10


async def test_killed_beside_another(exchange, starts_worker, deliveries, database_url, receiver):
    """Who looks for the same events all the time, and leaves them alone for as long as they are leased."""
    wire, passed = exchange
    other = Admission()
    async with deliveries.sending(places=other):
        for number, (way, at) in enumerate(points(passed)):
            receiver.requests.clear()
            await deliveries.pays(f"p{number:04}")
            victim = starts_worker(database_url)
            strike = wire.strike = ByteStrike(way, at, victim.kill)
            went_out = way is Way.ANSWER or at == len(passed[way])
            is_over = way is Way.ANSWER and at == len(passed[way])  # it may be settled before the kill
            await deliveries.are_taken(victim)
            other.places = 0 if is_over else 2
            await victim.ended()
            assert strike.is_struck
            wire.strike = None
            if not is_over:
                await receiver.receives(int(went_out))
                await other.looks()
                assert len(receiver.requests) == went_out
            await deliveries.leases_end()
            other.places = 2
            await deliveries.are_all()
            other.places = 0
            types = ["payment.created"] * (1 + went_out) + ["payment.paid"]
            assert receiver.types == types or (is_over and receiver.types == types[1:]), (way, at)
            assert len(deliveries.times_received()) == 2
    assert receiver.overlaps == 0


def points(passed):
    """Each end of each part, and one byte beside it; or every one."""
    for way, whole in passed.items():
        head = whole.index(b"\r\n\r\n") + 4
        some = {0, 1, head // 2, head - 1, head, head + 1, (head + len(whole)) // 2, len(whole) - 1, len(whole)}
        yield from ((way, at) for at in (range(len(whole) + 1) if EVERY else sorted(some)) if at <= len(whole))

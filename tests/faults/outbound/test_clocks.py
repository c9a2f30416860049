"""Machines' clocks are wrong, each by itself: what is due, and for how long it is leased, goes by the database's."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.clock import wall_clock
from tests.core.deliveries.conftest import Books
from tests.faults.harness.gateway import SharedClock
from tests.long_timeouts import WAIT_SECONDS

HOUR, TEN_MINUTES = timedelta(hours=1), timedelta(minutes=10)
PROMPT_SECONDS = 10
"""On a machine that does other things as well; what waits for a clock waits for minutes."""
POLLED_SECONDS = 1.5
"""A worker looks for what is due at least once in them: what could be taken would be."""


@pytest.fixture
def with_clock(working, database_url, tmp_path):
    """A worker whose machine's clock is wrong."""

    @asynccontextmanager
    async def work(offset):
        shared = SharedClock(tmp_path / f"clock {offset}")
        shared.stands_at(wall_clock() + offset)
        environ = {"TIYIN_TEST_CLOCK": str(shared.path), "TIYIN_TEST_CLOCK_ALONE": "1"}
        async with working(database_url, **environ) as worker:
            yield worker, shared

    return work


@pytest.mark.parametrize("first", [TEN_MINUTES, -TEN_MINUTES], ids=["ahead", "behind"])
async def test_two_workers_ten_minutes_apart_take_nothing_from_each_other(with_clock, deliveries, receiver, first):
    """The second has room for what the first has in flight, and nothing else to do."""
    receiver.gate = asyncio.Event()
    await deliveries.registers()
    async with with_clock(first):
        await deliveries.pays("s0")
        await receiver.receives(1)
        async with with_clock(-first):
            await asyncio.sleep(POLLED_SECONDS)
            assert deliveries.times_received().total() == 1
            await deliveries.pays("s1")
            await receiver.receives(2)
            receiver.gate.set()
            await deliveries.are_all(within=PROMPT_SECONDS)
    assert set(deliveries.times_received().values()) == {1}
    assert set(deliveries.orders().values()) == {("payment.created", "payment.paid")}


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_a_clock_that_jumps_delays_nothing_and_repeats_nothing(with_clock, deliveries, receiver, jump):
    """Neither what is in flight meanwhile, nor what waits for its next try."""
    receiver.answer = lambda event: 500 if len(receiver.requests) == 1 else 204
    await deliveries.registers()
    async with with_clock(timedelta()) as (_, clock):
        await deliveries.creates("refused")
        await a_try_is_settled(deliveries)
        receiver.gate = asyncio.Event()
        await deliveries.pays("in flight")
        await receiver.receives(2)
        clock.stands_at(wall_clock() + jump)
        await deliveries.sql("UPDATE deliveries SET due_at = due_at - interval '7 s' WHERE tries = 1")
        await receiver.receives(3)  # it has claimed since, and looks again
        await asyncio.sleep(POLLED_SECONDS)
        assert len(receiver.requests) == 3
        receiver.gate.set()
        await deliveries.are_all(within=PROMPT_SECONDS)
    assert sorted(deliveries.times_received().values()) == [1, 1, 2]


async def a_try_is_settled(deliveries):
    async with asyncio.timeout(WAIT_SECONDS):
        while not await deliveries.sql("SELECT FROM deliveries WHERE tries = 1 AND leased_until IS NULL"):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("offset", [TEN_MINUTES, -TEN_MINUTES], ids=["ahead", "behind"])
async def test_events_of_a_gateway_with_a_wrong_clock_are_sent_at_once(with_clock, deliveries, receiver, offset):
    await deliveries.registers()
    async with with_clock(timedelta()):
        async with deliveries.core_with(lambda: wall_clock() + offset) as core:
            await Books(core, lambda: wall_clock() + offset).pays("1001")
        await deliveries.are_all(within=PROMPT_SECONDS)
    assert receiver.types == ["payment.created", "payment.paid"]

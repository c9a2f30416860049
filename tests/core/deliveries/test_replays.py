"""A replay makes the events of a time due anew at one endpoint, a part at a time, whatever process does it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.deliveries import replays as replays_module
from core.deliveries.endpoints import EndpointRef
from core.deliveries.replays import ReplayRangeError, ReplayRunningError, Replays
from schema.values import OrderKind
from schema.webhooks import AttemptOutcome, ReplayChoice
from tests.core.conftest import lock_waits

ERP = EndpointRef("main", "erp")
DAY = timedelta(days=1)


@pytest.fixture
def replays(delivery_engine, clock):
    return Replays(delivery_engine, clock)


@pytest.fixture
def asks(replays, clock):
    async def ask(which, ref=ERP, types=None, ago=DAY):
        clock.advance(seconds=1)  # events of this moment are none of the past
        return await replays.ask(ref, clock() - ago, clock(), which, types, asked_by="shop")

    return ask


async def sent(sender):
    """All that is due, in its order: types and ids."""
    claims = []
    while now := await sender.claims():
        await sender.settles(now)
        claims += now
    return [(claim.event, claim.event_id) for claim in claims]


async def test_a_new_endpoint_asks_for_its_past(books, sender, registers, replays, asks):
    await registers("first")
    await books.pays("1")
    had = await sent(sender)
    await registers()
    await asks(ReplayChoice.MISSING)
    assert await replays.run() == 2
    assert await sent(sender) == had
    (replay,) = await replays.of(ERP)
    assert (replay.state, replay.replayed) == ("ended", 2)


async def test_of_all_each_is_sent_again_under_its_own_id(books, sender, registers, replays, asks):
    await registers()
    await books.pays("1")
    had = await sent(sender)
    await asks(ReplayChoice.ALL)
    await replays.run()
    assert await sent(sender) == had


async def test_of_the_dead_only_they_are_sent_again(books, sender, registers, replays, asks):
    await registers()
    await books.pays("1")
    assert await sender.sends(AttemptOutcome.REFUSED, retry_in=None) == ["payment.created"]
    await sent(sender)
    await asks(ReplayChoice.DEAD)
    assert await replays.run() == 1
    assert [event for event, _ in await sent(sender)] == ["payment.created"]


async def test_types_and_the_endpoints_own_types_narrow_it(books, sender, registers, replays, asks):
    await books.pays("1")
    await registers(events=["payment.paid"])
    await asks(ReplayChoice.ALL, types=["payment.created"])
    assert await replays.run() == 0
    await asks(ReplayChoice.ALL)
    assert await replays.run() == 1


async def test_what_came_before_its_time_or_of_other_shops_is_no_part_of_it(books, registers, replays, asks, clock):
    await books.pays("1")
    clock.advance(hours=2)
    await registers()
    await registers(shop="toys")
    await asks(ReplayChoice.ALL, ago=timedelta(hours=1))
    await asks(ReplayChoice.ALL, EndpointRef("toys", "erp"))
    assert await replays.run() == 0


async def test_a_part_at_a_time_and_any_process_goes_on(
    books, sender, registers, replays, asks, delivery_engine, clock, monkeypatch
):
    for account in "123":
        await books.pays(account)
    await registers()
    await asks(ReplayChoice.ALL)
    for name, value in {"STEPS_MAX": 1, "STEP_MAX_EVENTS": 2, "LOOKED_AT_MAX": 3}.items():
        monkeypatch.setattr(replays_module, name, value)
    steps = [await Replays(delivery_engine, clock).run() for _ in range(6)]
    assert (sum(steps), max(steps), (await replays.of(ERP))[0].state) == (6, 2, "ended")
    assert len(await sent(sender)) == 6


async def test_what_is_in_flight_is_left_alone(books, sender, registers, replays, asks, rows):
    await registers()
    await books.creates(await books.opens("1"))
    (claim,) = await sender.claims()
    before = await rows("*")
    await asks(ReplayChoice.ALL)
    assert (await replays.run(), await rows("*")) == (0, before)
    assert (await sender.settles([claim])).zombies == 0


async def test_payments_of_a_balance_stay_streams_of_their_own(books, sender, registers, replays, asks):
    balance = await books.opens("card", OrderKind.ACCUMULATIVE)
    await books.creates(balance, "first")
    await books.creates(balance, "second")
    await registers()
    await asks(ReplayChoice.MISSING)
    await replays.run()
    assert len(await sender.claims()) == 2


async def test_of_two_that_ask_at_once_one_is_refused(registers, asks, database):
    """Both have begun before either has written anything: the first waits for the endpoint's row."""
    await registers()
    async with database.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM webhook_endpoints FOR UPDATE"))
        both = [asyncio.ensure_future(asks(ReplayChoice.ALL)) for _ in range(2)]
        await lock_waits(database, 2)
        await holder.rollback()
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [ReplayRunningError]


async def test_one_is_asked_for_at_a_time_and_for_thirty_days_at_most(registers, replays, asks, clock):
    await registers()
    await asks(ReplayChoice.ALL, ago=30 * DAY)
    with pytest.raises(ReplayRunningError):
        await asks(ReplayChoice.ALL)
    await replays.run()
    for since, until in ((clock() - 31 * DAY, clock()), (clock(), clock()), (clock() + DAY, clock() + 2 * DAY)):
        with pytest.raises(ReplayRangeError):
            await replays.ask(ERP, since, until, ReplayChoice.ALL, asked_by="shop")
    assert await asks(ReplayChoice.ALL, EndpointRef("toys", "erp")) is None

"""A synchronous standby takes over, and nothing acknowledged is lost; an asynchronous one loses something."""

import asyncio
import random
from time import monotonic

import pytest
from sqlalchemy.engine import make_url

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.postgres import TEMPLATE
from tests.faults.harness.standby import WAITING, taken_over
from tests.faults.harness.traffic import traffic, until_certain
from tests.gateway.conftest import read_metrics
from tests.wire import wire_to

MORE_THAN_A_STOCK = 160
"""Orders: a gateway takes the ids for 128 at once."""


async def dies(pair, cable, moment):
    """The machine is gone, in the middle of everything."""
    await asyncio.sleep(moment)
    await asyncio.to_thread(pair.primary.crash)


async def is_parted_from_everybody(pair, cable, moment):
    """It lives, and believes that it is the primary; first the standby loses it, then the gateway."""
    await asyncio.sleep(moment)
    pair.cut_off()
    await asyncio.sleep(moment)
    cable.flowing.clear()


async def crashes_and_comes_back_before_it_dies(pair, cable, moment):
    """Then everybody can see what its standby never heard of."""
    pair.cut_off()
    await pair.commits_wait()
    await asyncio.sleep(moment)
    await pair.comes_back_alone()
    await asyncio.sleep(2 * moment)
    await asyncio.to_thread(pair.primary.crash)


async def loses_patience(pair, cable, moment):
    """Its operator ends whatever waits for the standby."""
    pair.cut_off()
    end = monotonic() + 3 * moment
    while monotonic() < end:
        for verb in ("cancel", "terminate"):
            await pair.primary.sql(f"SELECT pg_{verb}_backend(pid) {WAITING}")
            await asyncio.sleep(moment / 10)
    await asyncio.to_thread(pair.primary.crash)


ENDS = [dies, dies, is_parted_from_everybody, crashes_and_comes_back_before_it_dies, loses_patience]


@pytest.mark.parametrize("number", range(len(ENDS)), ids=[f"{n} {end.__name__}" for n, end in enumerate(ENDS)])
async def test_failover_under_load_loses_nothing_that_was_acknowledged(
    pair, wired, program, http, parties, history, number
):
    cable, near_end = wired
    moment = random.Random(f"{SEED} {number}").uniform(0.2, 1.2)
    await pair.synchronous()
    async with program.serving(http, near_end) as gateway:
        async with traffic(parties(gateway.url), 8, SEED + number) as busy:
            await busy.goes_on(10)
            await ENDS[number](pair, cable, moment)
            where = await taken_over(pair, cable)
            await busy.goes_on(50)
        assert gateway.alive
    await history.agrees_with(where)
    await assert_invariants_hold(where)


def refuses(wire):
    """Its machine is there, and nothing listens."""
    wire.down = True
    wire.abort()


def says_nothing(wire):
    """Its machine is gone: nothing comes back at all."""
    wire.flowing.clear()


@pytest.mark.parametrize("falls_silent", [refuses, says_nothing])
async def test_the_gateway_finds_the_new_primary_by_itself(pair, program, http, parties, history, falls_silent):
    """DATABASE_URL names both machines and asks for the one that can be written to."""
    await pair.synchronous()
    async with (
        wire_to(pair.primary.url(TEMPLATE), tcp=True) as (first, near_first),
        wire_to(pair.standby.url(TEMPLATE), tcp=True) as (_, near_second),
        program.serving(http, both(near_first, near_second)) as gateway,
    ):
        async with traffic(parties(gateway.url), 4, SEED) as busy:
            await busy.goes_on(10)
            falls_silent(first)
            where = (await pair.fail_over()).url(TEMPLATE)
            await busy.goes_on(20)
        assert gateway.alive
    await history.agrees_with(where)
    await assert_invariants_hold(where)


def both(*near_ends):
    hosts = "&".join(f"host=127.0.0.1:{make_url(near_end).port}" for near_end in near_ends)
    return f"postgresql://postgres@/{TEMPLATE}?{hosts}&target_session_attrs=read-write&sslmode=disable"


async def test_ids_of_a_primary_that_is_gone_are_not_used(pair, wired, program, http, parties, history):
    """Its sequences had gone on, and the standby never heard of it: the same ids come again."""
    cable, near_end = wired
    await pair.synchronous()
    pair.cut_off()
    async with program.serving(http, near_end) as gateway:
        async with traffic(parties(gateway.url), 8, SEED) as busy:
            await pair.commits_wait()
            await asyncio.to_thread(pair.primary.crash)
            where = await taken_over(pair, cable)
            await busy.goes_on(MORE_THAN_A_STOCK)
        metrics = await read_metrics(http, f"{gateway.url}/metrics")
        assert ("tiyin_database_errors_total", "lost_race") not in metrics
    await history.agrees_with(where)
    await assert_invariants_hold(where)


async def test_an_asynchronous_standby_loses_what_it_has_not_heard_of(pair, wired, program, http, parties, history):
    """What the documentation warns of is so."""
    cable, near_end = wired
    async with program.serving(http, near_end) as gateway:
        party = parties(gateway.url)
        await party.opens("1001")
        await party.creates("5f3a", "1001", to_ms(wall_clock()))
        await pair.caught_up()
        pair.cut_off()
        assert (await party.performs("5f3a")).done
        await asyncio.to_thread(pair.primary.crash)
        where = await taken_over(pair, cable)
        assert (await until_certain(lambda: party.looks_at("5f3a"))).answer["state"] == 1
    with pytest.raises(AssertionError, match="was acknowledged, and is not in the database"):
        await history.agrees_with(where)

"""The gateway's clock is not the database's: nothing is ended by it, and all goes on when it is right again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.gateway import SharedClock
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.jumping_clock import JumpingClock, jumping
from tests.faults.harness.traffic import until_certain, until_done
from tests.gateway.conftest import read_metrics
from tests.long_timeouts import WAIT_SECONDS

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SWEEP_SECONDS = 0.3
SWEEPS_SECONDS = 4 * SWEEP_SECONDS
SOON = HOUR


@pytest.fixture
async def clock(shared_clock: SharedClock) -> AsyncIterator[JumpingClock]:
    async with jumping(shared_clock) as clock:
        yield clock


@pytest.fixture
def serving(program, http, database_url, shared_clock, clock):
    """A gateway with that clock; the database has its own."""
    environ = {"TIYIN_TEST_CLOCK": str(shared_clock.path), "TIYIN_TEST_CLOCK_ALONE": "1"}
    environ |= {"TIYIN_TEST_SWEEP": str(SWEEP_SECONDS)}
    return lambda: program.serving(http, database_url, **environ)


@pytest.fixture
async def begun(serving, parties):
    """By a gateway whose clock was right: a payment of each provider, and an order with an expiry. The prepare id."""
    async with serving() as gateway:
        party = parties(gateway.url)
        for account in ("payme", "click", "later"):
            assert (await party.opens(account)).done
        assert (await party.opens("expiring", expires_at=(wall_clock() + SOON).isoformat())).done
        assert (await party.creates("payme", "payme", to_ms(wall_clock()))).done
        return (await party.prepares("click", 1)).answer["merchant_prepare_id"]


async def unready(gateway, http, skew: timedelta) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while (await gateway.readiness(http))[1].get("reason") != "clock":  # on a slow machine it may be "database"
            await asyncio.sleep(0.1)
    status, body = await gateway.readiness(http)
    assert abs(body.pop("skew_seconds") - skew.total_seconds()) < 5
    assert (status, body) == (503, {"status": "unavailable", "reason": "clock"})


async def everything_is_taken(party, prepare_id) -> None:
    assert (await until_done(lambda: party.performs("payme"))).answer["state"] == 2
    assert (await until_certain(lambda: party.completes("click", prepare_id, 1))).word in (0, -4)
    assert (await until_done(lambda: party.creates("later", "later", to_ms(wall_clock())))).done
    assert (await until_done(lambda: party.creates("expiring", "expiring", to_ms(wall_clock())))).done


def clock_lines(gateway):
    found = [line for line in gateway.lines() if line["event"].startswith("clocks ")]
    return [(line["level"], line["event"]) for line in found]


COMPLAINT, RELIEF = ("error", "clocks disagree"), ("warning", "clocks agree again")


async def test_thirteen_hours_ahead_at_the_start_ends_nothing(serving, begun, clock, http, parties, database_url):
    clock.jumps(13 * HOUR)
    async with serving() as gateway:
        party = parties(gateway.url)
        await unready(gateway, http, 13 * HOUR)
        await asyncio.sleep(SWEEPS_SECONDS)
        again = [await party.performs("payme"), await party.looks_at("payme"), await party.checks("expiring")]
        again += [await party.creates("payme", "payme", to_ms(wall_clock())), await party.checks("later")]
        assert [call.word for call in again] == [-32400] * 5
        assert (await party.opens("new")).word == 503
        assert (await party.prepares("expiring", 2)).word == -7
        metrics = await read_metrics(http, f"{gateway.url}/metrics")
        assert abs(metrics["tiyin_clock_skew_seconds",] - 13 * 3600) < 5
        clock.jumps(timedelta())
        await gateway.is_ready(http)
        await everything_is_taken(party, begun)
        assert (await party.opens("new")).done
        await gateway.says("clocks agree again")
        *complaints, relief = clock_lines(gateway)
        assert (set(complaints), relief) == ({COMPLAINT}, RELIEF)
        assert len(complaints) <= 2, "once more when it is known whose clock it is"
    await assert_invariants_hold(database_url)


async def test_a_late_debit_is_taken_by_any_clock(serving, begun, clock, parties):
    """The card is debited, and nobody else has the order: that needs no clock."""
    clock.jumps(13 * HOUR)
    async with serving() as gateway:
        assert (await parties(gateway.url).completes("click", begun, 1)).done


async def test_four_hundred_days_behind_opens_nothing_and_takes_what_was_begun(
    serving, begun, clock, http, parties, database_url
):
    clock.jumps(-400 * DAY)
    async with serving() as gateway:
        party = parties(gateway.url)
        await unready(gateway, http, -400 * DAY)
        begins = [await party.checks("later"), await party.creates("later", "later", to_ms(wall_clock()))]
        assert [call.word for call in begins] == [-32400] * 2
        assert (await party.prepares("later", 3)).word == -7
        assert (await party.opens("new")).word == 503
        assert (await party.performs("payme")).done
        assert (await party.completes("click", begun, 1)).done
        clock.jumps(timedelta())
        await gateway.is_ready(http)
        await everything_is_taken(party, begun)
        assert (await party.opens("new")).done
    await assert_invariants_hold(database_url)


@pytest.mark.parametrize("offset", [-29 * SECOND, 29 * SECOND], ids=["behind", "ahead"])
async def test_half_a_minute_is_no_reason(serving, begun, clock, http, parties, offset):
    clock.jumps(offset)
    async with serving() as gateway:
        party = parties(gateway.url)
        await gateway.is_ready(http)
        await everything_is_taken(party, begun)
        assert clock_lines(gateway) == []


@pytest.mark.parametrize("offset", [-55 * MINUTE, 55 * MINUTE], ids=["behind", "ahead"])
async def test_within_an_hour_payments_go_on_and_nothing_ends(serving, begun, clock, http, parties, offset):
    async with serving() as gateway:
        party = parties(gateway.url)
        expires = (wall_clock() + 10 * MINUTE).isoformat()
        assert (await party.opens("soon", expires_at=expires)).done
        clock.jumps(offset)
        await unready(gateway, http, offset)
        await asyncio.sleep(SWEEPS_SECONDS)
        assert (await party.creates("later", "later", to_ms(wall_clock()))).done
        assert (await party.performs("later")).done
        assert (await party.performs("payme")).done
        assert (await party.completes("click", begun, 1)).done
        soon = await party.creates("soon", "soon", to_ms(wall_clock()))
        assert soon.word == (-32400 if offset > timedelta() else 0)
        clock.jumps(timedelta())
        await gateway.is_ready(http)
        assert (await until_done(lambda: party.performs("soon") if soon.done else party.checks("soon"))).done


async def test_no_jump_slips_between_two_comparisons(serving, begun, clock, http, parties):
    """The next is five seconds away: what would end asks by itself."""
    async with serving() as gateway:
        party = parties(gateway.url)
        await gateway.is_ready(http)
        clock.jumps(13 * HOUR)
        assert (await party.performs("payme")).word == -32400
        clock.jumps(timedelta())
        await gateway.is_ready(http)
        clock.jumps(-400 * DAY)
        assert (await party.prepares("later", 3)).word == -7
        assert (await party.performs("payme")).done
        clock.jumps(timedelta())
        await gateway.is_ready(http)
        await everything_is_taken(party, begun)


@pytest.mark.parametrize("offset", [13 * HOUR, -3 * HOUR], ids=["ahead", "behind"])
async def test_the_log_says_whose_clock_is_alone(serving, clock, http, parties, offset):
    """Payme's calls of just before tell what its clock shows now."""
    async with serving() as gateway:
        party = parties(gateway.url)
        await party.opens("1001")
        assert (await party.creates("5f3a", "1001", to_ms(wall_clock()))).done
        clock.jumps(offset)
        await unready(gateway, http, offset)
        line = await gateway.says("clocks disagree")
        assert clock_lines(gateway) == [COMPLAINT]
        assert line["alone"] == "ours"
        assert "chronyc" in line["hint"]
        assert abs(line["skew_seconds"] - offset.total_seconds()) < 5

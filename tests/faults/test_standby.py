"""While a synchronous standby is away nothing is acknowledged, or shown, that a failover could take back."""

import asyncio
import signal
from time import monotonic

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.conftest import SEED
from tests.faults.harness.bounds import ANSWER_SECONDS
from tests.faults.harness.history import TRY_AGAIN, Call
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.postgres import TEMPLATE
from tests.faults.harness.standby import WAITING, Pair, taken_over
from tests.faults.harness.traffic import PRICE, traffic, until_certain

AWAY = 8.0
"""Seconds: longer than the journal waits for the database."""


async def test_while_the_standby_is_away_no_answer_shows_what_only_the_primary_has(
    pair, wired, program, http, parties, history
):
    """Its COMMITs wait; after a crash it shows what they had written. Failover takes all of it back."""
    cable, near_end = wired
    await pair.synchronous()
    async with program.serving(http, near_end) as gateway:
        callers = Callers(parties(gateway.url))
        await callers.before()
        pair.cut_off()
        await all_hear_try_again(callers.changes)
        await pair.comes_back_alone()
        assert await pair.primary.sql("SELECT FROM payments WHERE state = 'paid' LIMIT 1", TEMPLATE)
        await all_hear_try_again(callers.changes | callers.reads)
        await asyncio.to_thread(pair.primary.crash)
        where = await taken_over(pair, cable)
        for name, ask in (callers.changes | callers.reads).items():
            assert (await until_certain(ask)).word == (-9 if name == "a debit that failed" else 0), name
    await history.agrees_with(where)
    await assert_invariants_hold(where)


async def all_hear_try_again(calls):
    async def hears(name, ask):
        began = monotonic()
        call = await ask()
        assert call.word == TRY_AGAIN[call.party], (name, call)
        assert monotonic() - began < ANSWER_SECONDS, name

    await asyncio.gather(*(hears(name, ask) for name, ask in calls.items()))


class Callers:
    """Calls whose answer shows a change, each about an order of its own, by their names."""

    def __init__(self, party):
        self.party = party
        self.now = to_ms(wall_clock())
        self.prepare_ids = {}
        self.changes = {
            "CreateTransaction": lambda: party.creates("create", "create", self.now),
            "PerformTransaction": lambda: party.performs("perform"),
            "CancelTransaction": lambda: party.cancels("cancel"),
            "CancelTransaction of a paid one": lambda: party.cancels("give back"),
            "Prepare": lambda: party.prepares("prepare", 1),
            "Complete": lambda: self.completes("complete", 2),
            "a debit that failed": lambda: self.completes("release", 3, error=-5017),
            "POST order": lambda: party.opens("open"),
            "POST order with a key": lambda: self.asks("POST", "", {"account": "key", "amount": PRICE}, "key-of-mine"),
            "POST cancel": lambda: self.asks("POST", "/close/cancel"),
            "POST deliver": lambda: self.asks("POST", "/deliver/deliver"),
        }
        self.reads = {
            "CheckTransaction": lambda: party.looks_at("perform"),
            "GetStatement": self.states,
            "GET order": lambda: self.asks("GET", "/perform"),
            "GET orders": lambda: self.asks("GET", ""),
        }

    async def before(self):
        """What comes before those calls."""
        party = self.party
        for account in (
            "create",
            "perform",
            "cancel",
            "give back",
            "prepare",
            "complete",
            "release",
            "close",
            "deliver",
        ):
            assert (await party.opens(account)).done
        for account in ("perform", "cancel", "give back", "deliver"):
            assert (await party.creates(account, account, self.now)).done
        for account in ("give back", "deliver"):
            assert (await party.performs(account)).done
        for account, number in (("complete", 2), ("release", 3)):
            self.prepare_ids[account] = (await party.prepares(account, number)).answer["merchant_prepare_id"]

    def completes(self, account, number, **more):
        return self.party.completes(account, self.prepare_ids[account], number, **more)

    async def asks(self, method, path, json=None, key=None):
        headers = {} if key is None else {"Idempotency-Key": key}
        status, _, body = await self.party.shop.calls(method, f"/api/v1/orders{path}", json=json, headers=headers)
        return Call("shop", method, path, body if status in (200, 201) else status)

    async def states(self):
        answer = await self.party.payme.says("GetStatement", from_=self.now, to=self.now + 1)
        return Call("payme", "GetStatement", "", answer)


async def cancelled(pair):
    """Then COMMIT succeeds, with a warning."""
    await pair.primary.sql(f"SELECT pg_cancel_backend(pid) {WAITING}")


async def terminated(pair):
    """Then its answer is lost."""
    await pair.primary.sql(f"SELECT pg_terminate_backend(pid) {WAITING}")


@pytest.mark.parametrize("trouble", [cancelled, terminated, Pair.comes_back_alone])
async def test_a_commit_that_no_longer_waits_is_not_resolved_by_what_only_the_primary_has(
    pair, wired, program, http, parties, history, trouble
):
    cable, near_end = wired
    await pair.synchronous()
    async with program.serving(http, near_end) as gateway:
        party = parties(gateway.url)
        await party.opens("1001")
        await party.creates("5f3a", "1001", to_ms(wall_clock()))
        pair.cut_off()
        performing = asyncio.create_task(party.performs("5f3a"))
        await pair.commits_wait()
        await trouble(pair)
        assert (await performing).word == -32400
        assert await pair.primary.sql("SELECT FROM payments WHERE state = 'paid'", TEMPLATE)
        await asyncio.to_thread(pair.primary.crash)
        where = await taken_over(pair, cable)
        assert await pair.standby.sql("SELECT FROM payments WHERE state = 'pending'", TEMPLATE)
        assert (await until_certain(lambda: party.performs("5f3a"))).done
    await history.agrees_with(where)
    await assert_invariants_hold(where)


async def test_with_few_messages_enabled_the_server_still_says_that_the_standby_lacks_it(
    pair, wired, program, http, parties
):
    _, near_end = wired
    await pair.primary.sql("ALTER ROLE postgres SET client_min_messages = 'error'")
    await pair.synchronous()
    async with program.serving(http, near_end) as gateway:
        callers = Callers(parties(gateway.url))
        await callers.before()
        pair.cut_off()
        for ask in (callers.reads["GET order"], callers.changes["CreateTransaction"]):
            asked = asyncio.create_task(ask())
            await pair.commits_wait()
            await cancelled(pair)
            call = await asked
            assert call.word == TRY_AGAIN[call.party]


async def test_the_standby_is_away_for_a_while_and_everything_goes_on(pair, wired, program, http, parties, history):
    _, near_end = wired
    await pair.synchronous()
    async with program.serving(http, near_end) as gateway:
        async with traffic(parties(gateway.url), 8, SEED) as busy:
            await busy.goes_on(10)
            pair.cut_off()
            await asyncio.sleep(AWAY)
            pair.joined()
            await busy.goes_on(20)
        gateway.send_signal(signal.SIGTERM)
        assert await gateway.ended() == 0
    where = pair.primary.url(TEMPLATE)
    await history.agrees_with(where)
    await assert_invariants_hold(where)
    twice = "SELECT correlation_id FROM exchanges GROUP BY correlation_id HAVING count(*) > 1"
    assert not await pair.primary.sql(twice, TEMPLATE), "the journal has written a call more than once"


async def test_a_gateway_that_was_led_to_the_standby_is_not_ready_until_that_takes_over(pair, program, http, parties):
    await pair.synchronous()
    async with program.serving(http, pair.standby.url(TEMPLATE)) as gateway:
        assert await gateway.readiness(http) == (503, {"status": "unavailable", "reason": "standby"})
        assert (await parties(gateway.url).opens("1001")).word == 503
        assert "promote" in (await gateway.says("not ready"))["hint"]
        await pair.fail_over()
        await gateway.is_ready(http)
        assert (await parties(gateway.url).opens("1001")).done

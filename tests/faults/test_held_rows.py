"""Somebody else locks a row: its own callers get the try-again answer in time, and nobody else notices."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median_low

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.bounds import ANSWER_SECONDS
from tests.faults.harness.history import Call, History
from tests.faults.harness.scenario import Run, Scenario
from tests.faults.harness.traffic import Parties, until_certain

HOLD_SECONDS = 30
"""As an operator who has gone for a coffee with a transaction open."""
SHORTER_SECONDS = 15
WINDOW_SECONDS = 5
"""A call that gets the try-again answer is repeated within it: the median window shows a delay, and not the machine's
own noise."""
CALLERS = 60
HELD = 20
"""Orders that are held: more than twice as many as there are lanes, so that for some the turn comes too late."""
UNNOTICED_SECONDS = 0.8
"""Less than the second after which the wait for a row ends: a call that had waited for one would take longer."""
NOISE = 3
NOW = to_ms(wall_clock())

STUCK = """
    SELECT pid, query_start, query FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query_start < clock_timestamp() - interval '6 s'
"""


async def test_a_row_held_for_half_a_minute_delays_only_its_own_callers(scenario, history):
    async with scenario.under_traffic() as run:
        for n in range(HELD):
            assert (await run.parties.opens(f"held-{n}")).done
        held = "SELECT FROM orders WHERE account LIKE 'held-%' FOR UPDATE"
        await hold(scenario, run, history, held, creates, HOLD_SECONDS)


async def test_a_payment_held_without_its_order_delays_only_its_own_callers(scenario, history):
    async with scenario.under_traffic() as run:
        for n in range(HELD):
            assert (await run.parties.opens(f"held-{n}")).done
            assert (await creates(run.parties, n)).done
        held = "SELECT FROM payments WHERE external_id LIKE 'held-%' FOR UPDATE"
        await hold(scenario, run, history, held, performs, SHORTER_SECONDS)


async def test_a_table_held_by_somebody_leaves_nothing_waiting_behind(scenario, history):
    """We abort in time, and so does the database: it does not keep a queue of those who have gone."""
    async with scenario.under_traffic() as run:
        async with scenario.other_client() as other_client, other_client.transaction():
            await other_client.execute("LOCK TABLE orders, payments")
            for _ in range(10):
                await asyncio.sleep(1)
                assert not await scenario.asks(STUCK)
        await run.recovers()
        assert max(call.seconds for call in history.calls) < ANSWER_SECONDS


async def test_many_callers_of_one_held_order_take_no_place_from_another_one(scenario):
    """They wait together: an order that is held for a moment only has its answer after that moment."""
    async with scenario.under_traffic(payers=2, TIYIN_TEST_TIMEOUTS="long") as run:
        for account in ("held-0", "held-1"):
            assert (await run.parties.opens(account)).done
        async with scenario.other_client() as other_client, other_client.transaction():
            await other_client.execute("SELECT FROM orders WHERE account = 'held-0' FOR UPDATE")
            waiting = [asyncio.create_task(run.parties.creates("held-0", "held-0", NOW)) for _ in range(CALLERS)]
            await scenario.waits_for(other_client)
            async with scenario.other_client() as other, other.transaction():
                await other.execute("SELECT FROM orders WHERE account = 'held-1' FOR UPDATE")
                brief = asyncio.create_task(creates(run.parties, 1))
                await scenario.waits_for(other)
            assert (await brief).done
            assert not any(task.done() for task in waiting)
        assert all(call.done for call in await asyncio.gather(*waiting))


async def hold(
    scenario: Scenario,
    run: Run,
    history: History,
    statement: str,
    ask: Callable[[Parties, int], Awaitable[Call]],
    seconds: float,
) -> None:
    """Somebody holds what the statement takes; its callers ask for it all the time, and everybody else for the rest."""
    usual = await p99_over(history, WINDOW_SECONDS)
    async with scenario.other_client() as other_client, other_client.transaction():
        await other_client.execute(statement)
        callers = [
            asyncio.create_task(until_certain(lambda n=n: ask(run.parties, n)))  # type: ignore[misc]
            for n in range(HELD)
        ]
        windows = [await p99_over(history, WINDOW_SECONDS) for _ in range(int(seconds / WINDOW_SECONDS))]
        assert not any(caller.done() for caller in callers)
    assert all(call.done for call in await asyncio.gather(*callers))
    meanwhile = median_low(windows)
    print(f"p99 of the others: {meanwhile * 1000:.0f} ms, without the lock {usual * 1000:.0f} ms")  # noqa: T201
    assert meanwhile < max(UNNOTICED_SECONDS, NOISE * usual)
    asked = [call for call in history.calls if call.about.startswith("held-")]
    assert len(asked) > HELD * seconds / ANSWER_SECONDS
    assert max(call.seconds for call in asked) < ANSWER_SECONDS


async def p99_over(history: History, seconds: float) -> float:
    """Of what the traffic asks from now on: seconds until the answer."""
    first = len(history.calls)
    await asyncio.sleep(seconds)
    took = sorted(call.seconds for call in history.calls[first:] if not call.about.startswith("held-"))
    assert len(took) > 20
    return took[len(took) * 99 // 100]


async def creates(parties: Parties, n: int) -> Call:
    return await parties.creates(f"held-{n}", f"held-{n}", NOW)


async def performs(parties: Parties, n: int) -> Call:
    return await parties.performs(f"held-{n}")

"""Gateways stop, restart and die, and no caller loses anything by it."""

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count

import pytest

from core.clock import wall_clock
from schema.values import to_ms
from tests.faults.harness.balancer import balancer_before
from tests.faults.harness.history import TRY_AGAIN
from tests.faults.harness.invariants import assert_invariants_hold
from tests.faults.harness.traffic import until_certain
from tests.gateway.conftest import read_metrics
from tests.ports import unused_port

CALLS_A_SECOND = 50
CALLS_OF_A_PAYER = 3.5
RESTARTS = 20


@pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["one process", "two processes"])
async def test_fifty_calls_in_flight_are_answered_after_sigterm(
    program, near_end, cable, http, parties, history, database_url, workers
):
    async with program.serving(http, near_end, *workers) as gateway:
        party, time = parties(gateway.url), to_ms(wall_clock())
        opened = await asyncio.gather(*(party.opens(f"o{n}") for n in range(50)))
        assert all(call.done for call in opened)
        cable.flowing.clear()
        calls = [party.creates(f"{n:024x}", f"o{n}", time) for n in range(25)]
        calls += [party.prepares(f"o{n}", n) for n in range(25, 50)]
        answers = asyncio.gather(*calls)
        await in_flight(http, gateway, 50)
        gateway.send_signal(signal.SIGTERM)
        await takes_no_more(gateway)
        cable.flowing.set()
        assert {call.word for call in await answers} <= {0, *TRY_AGAIN.values()}  # on a slow machine, too late for 0
        assert await gateway.ended() == 0
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)


@pytest.mark.timeout(240)
async def test_rolling_restarts_behind_a_proxy_fail_no_call(program, http, parties, history, database_url):
    ports = [unused_port(), unused_port()]
    running = [program.start(database_url, port=port) for port in ports]
    urls = [(await gateway.answers(http)).url for gateway in running]
    try:
        async with balancer_before(*urls) as (balancer, address), payers(parties(address)):
            for number in range(RESTARTS):
                which = number % 2
                running[which].send_signal(signal.SIGTERM)
                assert await running[which].ended() == 0
                await balancer.sees(urls[which], ready=False)
                running[which] = program.start(database_url, port=ports[which])
                await balancer.sees(urls[which], ready=True)
    finally:
        for gateway in running:
            gateway.kill()
            gateway.bury()
    counted = history.counted()
    assert not [call for call in history.calls if call.answer is None], "a connection was lost"
    assert set(counted) <= {"done", "uncertain"}
    assert counted["uncertain"] <= len(history.calls) / 100, "a slow machine puts off a call now and then, a stop never"
    assert len(history.calls) > RESTARTS * 10
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)


async def test_one_of_two_is_killed_and_repeats_finish_what_it_had(
    program, near_end, cable, http, parties, history, database_url
):
    async with AsyncExitStack() as stack:
        gateways = [await stack.enter_async_context(program.serving(http, near_end)) for _ in range(2)]
        balancer, address = await stack.enter_async_context(balancer_before(*(gateway.url for gateway in gateways)))
        party, time = parties(address), to_ms(wall_clock())
        accounts = [f"o{n}" for n in range(50)]
        await asyncio.gather(*(party.opens(account) for account in accounts))
        cable.flowing.clear()
        calls = asyncio.gather(*(party.creates(account, account, time) for account in accounts))
        for gateway in gateways:
            await in_flight(http, gateway, 20)
        gateways[0].kill()
        cable.flowing.set()
        words = [call.word for call in await calls]
        assert set(words) <= {0, None, -32400}
        assert None in words
        for account in accounts:
            assert (await until_certain(lambda account=account: party.creates(account, account, time))).done
        assert (gateways[0].alive, gateways[1].alive) == (False, True)
        await balancer.sees(gateways[0].url, ready=False)
    await history.agrees_with(database_url)
    await assert_invariants_hold(database_url)


async def test_while_it_drains_each_answer_is_the_last_on_its_connection(program, database_url, http):
    """Or a client that keeps connections open would send the next call while the gateway closes this one."""
    async with program.serving(http, database_url) as gateway:
        assert "Connection" not in await headers(http, gateway)
        gateway.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            while (await headers(http, gateway)).get("Connection") != "close":
                await asyncio.sleep(0.01)
        assert await gateway.ended() == 0


async def headers(http, gateway):
    async with http.get(f"{gateway.url}/health/live") as response:
        return response.headers


async def takes_no_more(gateway):
    """Until nothing listens."""
    async with asyncio.timeout(60):
        with suppress(ConnectionError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
                writer.close()
                await asyncio.sleep(0.02)


async def in_flight(http, gateway, calls):
    """Until so many are."""
    async with asyncio.timeout(60):
        while (await read_metrics(http, f"{gateway.url}/metrics"))["tiyin_in_flight",] < calls:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def payers(party):
    """So many calls a second for as long as the context lasts, each said once."""
    stopping = asyncio.Event()

    async def come():
        async with asyncio.TaskGroup() as lives:
            for number in count(1):
                lives.create_task(live(party, number))
                try:
                    await asyncio.wait_for(stopping.wait(), CALLS_OF_A_PAYER / CALLS_A_SECOND)
                except TimeoutError:
                    continue
                return

    coming = asyncio.create_task(come())
    try:
        yield
    finally:
        stopping.set()
        await coming


async def live(party, number):
    account = f"o{number}"
    if not (await party.opens(account)).done:
        return
    if number % 2:
        if (await party.creates(account, account, to_ms(wall_clock()))).done:
            await party.performs(account)
            await party.looks_at(account)
    else:
        prepared = await party.prepares(account, number)
        if prepared.done:
            await party.completes(account, prepared.answer["merchant_prepare_id"], number)

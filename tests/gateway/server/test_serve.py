"""Serving as a program: it starts, it stops at a signal, and no call is lost."""

import asyncio
import signal
import socket
from contextlib import suppress

import aiohttp
import psutil
import pytest

from core.clock import wall_clock
from gateway.cli.start_notice import HEADING
from schema.values import to_ms
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.gateway.conftest import Metrics, read_metrics
from tests.long_timeouts import WAIT_SECONDS
from tests.wire import wire_to

ONE = ()
TWO = ("--workers", "2")


def payme_of(http, served):
    return Payme(http, f"{served.url}/payment/callback/payme", SETTINGS["PAYME_KEY"])


def shop_of(http, served, database):
    return Shop(http, served.url + "/", SETTINGS["API_TOKEN"], database)


async def readiness(served):
    async with aiohttp.ClientSession() as http, http.get(f"{served.url}/health/ready") as response:
        return response.status


def said_after_notice(served):
    """What it has written after the start notice, which the tests' own database is never without."""
    first, *lines = served.out.read_text().splitlines(keepends=True)
    assert first == f"{HEADING}\n"
    return "".join(line for line in lines if not line.startswith("  "))


@pytest.mark.parametrize("workers", [ONE, TWO], ids=["one process", "two processes"])
async def test_calls_in_flight_are_answered_after_sigterm(serve, http, database, database_url, workers):
    time = to_ms(wall_clock())
    async with wire_to(database_url) as (cable, near_end), serve(*workers, DATABASE_URL=near_end) as served:
        await shop_of(http, served, database).opens("1001", OK)
        cable.flowing.clear()
        calls = [asyncio.create_task(payme_of(http, served).creates("5f3a", time)) for _ in range(20)]
        await until(lambda: cable.held > 0)
        served.signalled(signal.SIGTERM)
        async with asyncio.timeout(WAIT_SECONDS):
            while await readiness(served) != 503:
                await asyncio.sleep(0.02)
        await nobody_listens(int(served.url.rpartition(":")[2]))
        cable.flowing.set()
        answers = await asyncio.gather(*calls)
        assert answers[0]["state"] == 1
        assert answers == [answers[0]] * 20
        assert await served.ended() == 0


@pytest.mark.parametrize("workers", [ONE, TWO], ids=["one process", "two processes"])
async def test_a_call_whose_body_is_on_its_way_is_answered_after_sigterm(serve, workers):
    async with serve(*workers) as served:
        port = int(served.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /payment/callback/payme HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n")
        writer.write(b"Expect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        served.signalled(signal.SIGTERM)
        await nobody_listens(port)
        writer.write(b"{}")
        assert b"-32504" in await reader.read()
        writer.close()
        assert await served.ended() == 0


async def until(condition):
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def nobody_listens(port):
    async with asyncio.timeout(WAIT_SECONDS):
        with suppress(ConnectionError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await asyncio.sleep(0.02)


async def test_it_takes_no_more_calls_once_it_stops(serve):
    async with serve() as served:
        served.signalled(signal.SIGTERM)
        await served.says("stopping")
        assert await served.ended() == 0
        with pytest.raises(aiohttp.ClientConnectionError):
            await readiness(served)


@pytest.mark.parametrize("workers", [ONE, TWO], ids=["one process", "two processes"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_quietly(serve, workers, number):
    async with serve(*workers) as served:
        assert await readiness(served) == 200
        served.signalled(number)
        assert await served.ended() == 0
    assert not [line for line in served.lines() if line.get("level") in ("warning", "error", "critical")]


async def test_a_second_signal_hurries(serve):
    """Without it the call under way would be waited for, longer than this test waits."""
    async with serve(DRAIN_SECONDS="600") as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
        writer.write(b"POST /payment/callback/payme HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")
        writer.write(b"Expect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        served.signalled(signal.SIGTERM)
        await served.says("stopping")
        served.signalled(signal.SIGTERM)
        assert await served.ended() == 1
        writer.close()


async def test_a_taken_port_is_one_sentence(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serve("--port", str(port)) as served:
            assert await served.ended() == 1
    said = said_after_notice(served)
    assert said == f"Port {port} on 127.0.0.1 is taken: stop what listens there, or choose another with PORT.\n"


async def test_a_payments_log_that_cannot_be_written_is_one_sentence(serve, tmp_path):
    away = tmp_path / "away" / "payments.log"
    async with serve(PAYMENTS_LOG=str(away)) as served:
        assert await served.ended() == 1
        said = said_after_notice(served)
        assert said.startswith(
            f"PAYMENTS_LOG cannot be written: {away} (No such file or directory). Make its directory"
        )
        assert said.count("\n") == 1


async def test_a_payments_log_that_fails_later_is_reported_once(serve, tmp_path, http, database):
    folder = tmp_path / "logs"
    folder.mkdir()
    async with serve(PAYMENTS_LOG=str(folder / "payments.log")) as served:
        shop = shop_of(http, served, database)
        (folder / "payments.log").unlink()
        folder.rmdir()
        await shop.opens("1001")
        assert "No such file" in (await served.says("payments log cannot be written"))["error"]
        folder.mkdir()
        await shop.opens("1002")
        await served.says("payments log is written again")


async def test_several_processes_count_together(serve, tmp_path):
    async with serve(*TWO) as served:
        for _ in range(30):  # a connection each, so that both processes get some
            async with aiohttp.ClientSession() as http:
                await payme_of(http, served).says("CheckTransaction", id="5f3a")
        async with aiohttp.ClientSession() as http, asyncio.timeout(WAIT_SECONDS):
            counted: Metrics = {}
            while counted.get(("tiyin_requests_total", "-31003", "payme", "CheckTransaction")) != 30:
                counted = await read_metrics(http, f"{served.url}/metrics")  # a process hands its own over in a while
        assert counted["tiyin_request_seconds_count", "payme", "CheckTransaction"] == 30
        served.signalled(signal.SIGTERM)
        assert await served.ended() == 0
    assert list((tmp_path / "home" / "run").glob("metrics-*")) == []


async def test_several_processes_open_one_payment_of_an_order(serve, database):
    time = to_ms(wall_clock())
    async with serve(*TWO) as served, aiohttp.ClientSession() as http:
        await shop_of(http, served, database).opens("1001", OK)
        answers = await asyncio.gather(*[payme_of(http, served).creates(f"5f3{n}", time) for n in range(10)])
    assert sorted(type(answer).__name__ for answer in answers) == ["dict"] + ["int"] * 9


async def test_a_process_that_dies_is_replaced(serve):
    async with serve(*TWO) as served:
        assert await readiness(served) == 200
        gateway = psutil.Process(served.process.pid)
        first, second = gateway.children()
        first.kill()
        await until(lambda: len({child.pid for child in gateway.children()} - {first.pid, second.pid}) == 1)
        assert [await readiness(served) for _ in range(10)] == [200] * 10

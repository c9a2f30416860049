"""Counting in Redis: shared by several gateways, and in nobody's way when it is gone."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from gateway.app import build_app
from gateway.config.settings import load
from gateway.throttle import counters
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.conftest import SETTINGS, Served
from tests.gateway.conftest import read_metrics
from tests.log_records import logged
from tests.ports import unused_port

pytestmark = pytest.mark.timeout(30)

PROGRAM = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server on PATH (Debian: redis-server)")

ERRORS = ("tiyin_rate_limit_store_errors_total",)


@pytest.fixture
def patient(monkeypatch):
    """Where Redis does answer, a busy machine may be slow."""
    monkeypatch.setattr(counters, "ANSWER_SECONDS", 20.0)


@contextmanager
def redis(port: int, folder: Path) -> Iterator[None]:
    assert PROGRAM is not None
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--loglevel", "warning"]
    with subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def serving(database, database_url, clock, http):
    """Gateways that count in the Redis at this port; each as a shop that calls it, with its metrics' address."""

    @asynccontextmanager
    async def served(port: int, limit: str = "3/day"):
        store = {"RATE_LIMIT_STORE": f"redis://127.0.0.1:{port}/0", "RATE_LIMIT_FAILURES": limit}
        server = Served(await build_app(load(SETTINGS | store), database_url, clock, clock.of_database))
        await server.start_server()
        try:
            url = str(server.make_url("/"))
            yield Shop(http, url, SETTINGS["API_TOKEN"], database), server.make_url("/metrics")
        finally:
            await server.close()

    return served


async def wrong(shop) -> int:
    return (await shop.with_token("wrong").calls("GET", "/api/v1/orders")).status


def unavailable(caplog) -> list[str]:
    """The error of each record that says so."""
    return [record["error"] for record in logged(caplog.records, "rate limit store unavailable")]


async def first_answer(shop, *, other_than: int) -> None:
    async with asyncio.timeout(30):
        while await wrong(shop) == other_than:
            await asyncio.sleep(0.05)


@needs_redis
async def test_gateways_that_share_a_redis_share_their_limit(patient, serving, tmp_path):
    port = unused_port()
    with redis(port, tmp_path):
        async with serving(port) as (one, _), serving(port) as (other, metrics):
            await until_it_answers(port)
            assert [await wrong(shop) for shop in (one, other, one, other, one)] == [401, 401, 401, 429, 429]
            assert (await read_metrics(one.http, metrics))[ERRORS] == 0


@needs_redis
async def test_what_redis_says_to_several_at_once_is_one_line(patient, serving, tmp_path, caplog):
    port = unused_port()
    with redis(port, tmp_path):
        async with serving(port) as (one, _), serving(port) as (other, _):
            await until_it_answers(port)
            assert [await wrong(one) for _ in range(3)] == [401] * 3
            assert await asyncio.gather(*[wrong(other) for _ in range(3)]) == [429] * 3
    assert [limit["interface"] for limit in logged(caplog.records, "failed-auth limit exceeded")] == ["api"]


async def until_it_answers(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def test_a_redis_that_is_not_there_is_asked_once_and_logged_once(serving, caplog):
    async with serving(unused_port()) as (shop, metrics):
        assert [await wrong(shop) for _ in range(3)] == [401] * 3
        assert (await read_metrics(shop.http, metrics))[ERRORS] == 1
    assert unavailable(caplog) == ["ConnectionError"]


async def test_without_its_redis_a_gateway_counts_on_its_own(serving):
    async with serving(unused_port()) as (shop, _):
        assert [await wrong(shop) for _ in range(5)] == [401, 401, 401, 429, 429]


@asynccontextmanager
async def black_hole():
    """Takes every connection and never says a word. Yields its port, and how many bytes each has sent."""
    heard: list[int] = []

    async def swallow(reader, writer) -> None:
        heard.append(0)
        mine = len(heard) - 1
        while data := await reader.read(4096):
            heard[mine] += len(data)
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


async def test_a_redis_that_hangs_holds_up_one_wrong_call_for_a_moment(serving, caplog):
    async with black_hole() as (port, heard), serving(port, "500/day") as (shop, metrics):
        assert [await wrong(shop) for _ in range(20)] == [401] * 20
        assert len(heard) == 1
        assert (await read_metrics(shop.http, metrics))[ERRORS] == 1
    assert unavailable(caplog) == ["TimeoutError"]


async def test_a_good_call_never_asks_redis(serving):
    async with black_hole() as (port, heard), serving(port) as (shop, _):
        await shop.opens("1001")
        callback = f"{shop.url}/payment/callback"
        click = Click(shop.http, f"{callback}/click", int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"])
        assert await click.pays("1001")
        assert await Payme(shop.http, f"{callback}/payme", SETTINGS["PAYME_KEY"]).looks_at("5f3a") == -31003
        assert heard == []
        await wrong(shop)
        assert heard != []


@needs_redis
async def test_a_redis_that_comes_back_is_used_again(patient, serving, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(counters, "PAUSE_SECONDS", 0.0)
    port = unused_port()
    async with serving(port, "500/day") as (shop, _):
        assert await wrong(shop) == 401
        with redis(port, tmp_path):
            await until_it_answers(port)
            await wrong(shop)
            async with serving(port, "1/day") as (other, _):
                await first_answer(other, other_than=429)
    assert len(unavailable(caplog)) == 1
    assert len(logged(caplog.records, "rate limit store available again")) == 1

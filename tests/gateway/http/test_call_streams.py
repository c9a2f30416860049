"""Call streams get the same bytes back with the short path and without it, and the same is written of them.

TIYIN_CALL_STREAMS=… sends so many streams.
"""

import asyncio
import os
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings

from gateway.app import build_app
from gateway.database import migrations
from gateway.http.health import READINESS
from gateway.observability.journal import Journal
from gateway.server.connections import Connection
from inbound.short_calls import SHORT_ROUTES
from tests.actors.payme import OK
from tests.conftest import SETTINGS, Served
from tests.gateway.conftest import read_metrics
from tests.gateway.http.call_streams import EACH_VARIANT, STREAMS, CallStream
from tests.leaks import LEAKS
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import execute

EXAMPLES = int(os.environ.get("TIYIN_CALL_STREAMS", "30"))

COUNTED = re.compile(r"tiyin_(?!.*(created|seconds|batch))")
"""Metrics that say what was done, not when or how long it took."""

MADE = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class Requests(Served):
    """A gateway on which each call is a request."""

    async def _make_runner(self, **arguments: Any) -> Any:
        self.app[SHORT_ROUTES].clear()
        return await super()._make_runner(**arguments)


class Side:
    def __init__(self, server: TestServer) -> None:
        self.server = server
        self._before: dict[Any, float] = {}

    async def opens_orders(self, http, number: int) -> None:
        bearer = {"Authorization": f"Bearer {SETTINGS['API_TOKEN']}"}
        for provider in ("payme", "click"):
            order = {"account": f"{provider}-{number:08d}", "amount": OK}
            async with http.post(self.server.make_url("/api/v1/orders"), json=order, headers=bearer) as response:
                assert response.status == 201

    async def answers(self, stream: CallStream, number: int, heard: Counter[int]) -> bytes:
        """All bytes that come back until the connection is closed."""
        self.server.app[READINESS].draining = stream.draining
        came = await _came_back(self.server.port, stream.pieces(number), heard)
        came = re.sub(rb"\r\nDate: [^\r]+", b"\r\nDate: then", came)
        return re.sub(rb"X-Request-ID: [0-9a-f]{32}\r", b"X-Request-ID: made\r", came)

    async def counted(self, http) -> dict[Any, float]:
        """What the metrics have counted since they were last asked."""
        found = await read_metrics(http, self.server.make_url("/metrics"))
        found = {name: value for name, value in found.items() if COUNTED.match(name[0])}
        new = {name: value - self._before.get(name, 0.0) for name, value in found.items()}
        self._before = found
        return {name: value for name, value in new.items() if value}


class Written:
    """What is written of calls, as it is put into the journal and the logs."""

    def __init__(self, monkeypatch) -> None:
        self._entries: list[Any] = []
        put = Journal.put

        def see(journal, entry):
            self._entries.append(entry)
            put(journal, entry)

        monkeypatch.setattr(Journal, "put", see)

    def take(self) -> tuple[list[Any], list[Any]]:
        """All since the last time, but for what is another each time."""
        lines = [orjson.loads(MADE.sub("made", line)) for line in LEAKS.written]
        entries = [(entry.exchange, entry.remote, MADE.sub("made", entry.correlation_id)) for entry in self._entries]
        LEAKS.written.clear()
        self._entries.clear()
        return entries, [line | dict.fromkeys(("at", "ms")) for line in lines if line.get("correlation_id")]


async def _came_back(port: int, pieces: list[bytes], heard: Counter[int]) -> bytes:
    """Each piece is sent when the one before has been read, so that both gateways read the same pieces."""
    loop, line = asyncio.get_running_loop(), socket.socket()
    line.setblocking(False)
    await loop.sock_connect(line, ("127.0.0.1", port))
    us, sent = line.getsockname()[1], 0
    heard[us] = 0
    reading = asyncio.create_task(_read(line))
    async with asyncio.timeout(WAIT_SECONDS):
        for piece in pieces:
            try:
                await loop.sock_sendall(line, piece)
            except ConnectionError:
                break
            sent += len(piece)
            while heard[us] < sent and not reading.done():
                await asyncio.sleep(0.0005)
        came = await reading
    line.close()
    del heard[us]
    return came


async def _read(line: socket.socket) -> bytes:
    came, loop = b"", asyncio.get_running_loop()
    try:
        while more := await loop.sock_recv(line, 2**16):
            came += more
    except ConnectionError:
        pass
    return came


@pytest.fixture
def heard(monkeypatch) -> Counter[int]:
    """Bytes that a gateway has read, by its caller's port."""
    read, receive = Counter(), Connection.data_received

    def count_received(connection, data):
        port = connection.peername[1] if connection.peername else 0
        receive(connection, data)
        read[port] += len(data)

    monkeypatch.setattr(Connection, "data_received", count_received)
    return read


@asynccontextmanager
async def side(served, name, settings, database_url, clock) -> AsyncIterator[Side]:
    """On books of its own, in which nothing stands yet."""
    await execute(database_url, f"CREATE DATABASE {name}")
    url = database_url.replace("/postgres?", f"/{name}?")
    await asyncio.to_thread(migrations.upgrade, url)
    server = served(await build_app(settings, url, clock, clock.of_database, uptime=clock.uptime))
    await server.start_server()
    try:
        yield Side(server)
    finally:
        await server.close()
        await execute(database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def sides(settings, database_url, clock, timeouts, monkeypatch, answered_short):
    monkeypatch.setattr("gateway.server.runner.LINGERING_SECONDS", 0.01)
    async with AsyncExitStack() as stack:
        gateways = (("short_path", Served), ("requests_only", Requests))
        yield [
            await stack.enter_async_context(side(served, name, settings, database_url, clock))
            for name, served in gateways
        ]
        assert len(answered_short) > EXAMPLES / 3, "few of the calls were short ones"


@pytest.fixture
def kept(monkeypatch) -> Written:
    return Written(monkeypatch)


numbers = count(1)
without_limits = pytest.mark.settings(
    TRUSTED_PROXIES="127.0.0.0/8",
    CLICK_PLAYGROUND="1",
    RATE_LIMIT_FAILURES="1000000/minute",
    FAILED_AUTH_BYTES_A_DAY="1024GiB",
)


@without_limits
async def test_whatever_one_thing_is_unusual_all_is_the_same(sides, http, heard, kept):
    number = next(numbers)
    for side in sides:
        await side.opens_orders(http, number)
    for stream in EACH_VARIANT:
        kept.take()
        short, requests = [(await side.answers(stream, number, heard), *kept.take()) for side in sides]
        assert short == requests, stream.calls
    assert await sides[0].counted(http) == await sides[1].counted(http)


@without_limits
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STREAMS)
async def test_the_same_comes_back_and_the_same_is_written(sides, http, heard, kept, stream):
    found, number = [], next(numbers)
    for side in sides:
        await side.opens_orders(http, number)
        kept.take()
        try:
            came = await side.answers(stream, number, heard)
        finally:
            counted = await side.counted(http)
        found.append((came, *kept.take(), counted))
    short, requests = found
    assert short == requests

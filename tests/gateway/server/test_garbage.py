"""What callers leave behind: their bytes go with their connections, not when the garbage collector passes."""

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest
from aiohttp import web

from gateway.server import garbage
from gateway.server.connections import Connection
from gateway.server.garbage import GarbageByBytes
from tests.hostile_bytes import KINDS
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS

CALLERS = 5


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connections_kept() -> int:
    return sum(isinstance(each, Connection) for each in gc.get_objects())


async def leave_behind(interface, pieces: list[bytes]) -> None:
    reader, writer = await interface()
    for number, piece in enumerate(pieces):
        if number:
            await asyncio.sleep(0.05)  # so that the call that has begun is being handled
        writer.write(piece)
    try:
        async with asyncio.timeout(0.2):
            await reader.read(1)
    except (TimeoutError, ConnectionError):
        pass
    writer.transport.abort()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_left_of_a_caller_that_is_gone(runner, interface, kind):
    runner.server._kwargs["lingering_time"] = LONG_SECONDS  # for which aiohttp would wait for a body's rest
    before = connections_kept()
    await asyncio.gather(*(leave_behind(interface, KINDS[kind]) for _ in range(CALLERS)))
    async with asyncio.timeout(WAIT_SECONDS):
        while connections_kept() > before:
            await asyncio.sleep(0.05)


CALLS = [
    *("POST /payment/callback/payme", "GET /payment/callback/payme", "POST /payment/callback/payme/nobody"),
    *("POST /payment/callback/click", "PUT /payment/callback/click", "POST /api/v1/orders", "PUT /api/v1/orders"),
    *("GET /api/v1/nothing", "POST /nothing", "POST /health/live", "GET /metrics"),
]


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("call", CALLS)
async def test_nothing_is_left_of_a_call_whatever_answers_it(gateway, call):
    def requests_kept() -> int:
        return sum(isinstance(each, web.BaseRequest) for each in gc.get_objects())

    before = requests_kept()
    for _ in range(CALLERS):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(f"{call} HTTP/1.1\r\nHost: gateway\r\nContent-Length: 60000\r\n\r\n".encode() + bytes(60_000))
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
    async with asyncio.timeout(WAIT_SECONDS):
        while requests_kept() > before:
            await asyncio.sleep(0.05)


@pytest.fixture
def passes(no_collector) -> Iterator[list[str]]:
    """What the collector says when it passes."""
    seen: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)


async def test_what_waits_for_the_collector_is_collected_when_strangers_have_sent_much(passes, monkeypatch):
    monkeypatch.setattr(garbage, "COLLECT_AFTER_SECONDS", sys.maxsize)
    sent = GarbageByBytes()
    for _ in range(3):
        sent.received(garbage.COLLECT_AFTER_BYTES // 2)
        await asyncio.sleep(0)
    assert passes == ["start", "stop"]


@pytest.mark.parametrize(("sent", "collected"), [(garbage.FEW_BYTES - 1, []), (garbage.FEW_BYTES, ["start", "stop"])])
async def test_and_after_a_while_when_it_was_less(passes, monkeypatch, sent, collected):
    monkeypatch.setattr(garbage, "COLLECT_AFTER_SECONDS", 0.0)
    GarbageByBytes().received(sent)
    await asyncio.sleep(0)
    assert passes == collected

"""Memory and file descriptors: strangers may fill a bounded part of them, and honest callers find the rest."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from gateway.server.places import UNPROVEN_MAX
from tests.faults.hostile.answer_checks import outcome
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.http_client import ANSWER_SECONDS, Answer, Connection, Request
from tests.faults.hostile.process import MEBIBYTE, Gateway, running
from tests.faults.hostile.world import CLICK, ORDERS, PAYME, PAYME_KNOWN
from tests.hostile_bytes import KINDS, LARGE, MUCH

CALLERS = 100
ROUNDS = int(os.environ.get("TIYIN_ROUNDS", "5"))
"""Of each kind; forty in `make faults-long`. Without bounds one of most kinds leaves ten MiB behind."""
MEMORY_MAX = 250 * MEBIBYTE
MEMORY_SECONDS = 15
"""After the last byte; then no more than that may be left."""
ADDRESS_SPACE = "-v 1048576"
"""KiB: 1 GiB, of which libraries and threads take a part before the first call."""

FILES = "-n 1024"
"""What most systems give a process that asks for no more."""
IDLE = 1100
HONEST = Request(PAYME, b'{"method":"CheckTransaction","params":{"id":"nobody"},"id":1}', headers=(PAYME_KNOWN,))


@contextmanager
def gateway_under(attack: Attack, folder: Path, *limits: str) -> Iterator[Gateway]:
    """A gateway of its own, on the database of all."""
    stack = AsyncExitStack()
    url = attack.database.url.render_as_string(hide_password=False)
    try:
        yield attack.run(stack.enter_async_context(running(url, folder, *limits)))
    finally:
        attack.run(stack.aclose())


@pytest.fixture(scope="module")
def in_a_gibibyte(attack: Attack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway_under(attack, tmp_path_factory.mktemp("gibibyte"), ADDRESS_SPACE) as gateway:
        yield gateway


async def send(connection: Connection, pieces: list[bytes]) -> None:
    for number, piece in enumerate(pieces):
        if number:
            await asyncio.sleep(0.01)
        connection.send(piece)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(0.2):
                await connection.writer.drain()


async def flood(gateway: Gateway, kind: str) -> None:
    """A round: as many callers as there are, all at the same interface."""
    path = {0: PAYME, 1: CLICK, 2: ORDERS}[len(kind) % 3].encode()
    pieces = [piece.replace(b"POST / ", b"POST %s " % path) for piece in KINDS[kind]]

    async def caller() -> None:
        with suppress(OSError):
            connection = await gateway.client.connect()
            await send(connection, pieces)
            connection.writer.transport.abort()

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


async def honest_calls(gateway: Gateway, stop: asyncio.Event) -> list[Answer]:
    """One after another, each on a connection of its own."""
    answers = []
    while not stop.is_set():
        connection = await gateway.client.connect()
        connection.send(HONEST.on_the_wire())
        answers.append(await connection.receive())
        connection.close()
        await asyncio.sleep(0.05)
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_what_strangers_send_does_not_stay(attack: Attack, in_a_gibibyte: Gateway, kind: str, record_property):
    gateway = in_a_gibibyte

    async def attacked() -> list[Answer]:
        stop = asyncio.Event()
        honest = asyncio.create_task(honest_calls(gateway, stop))
        for _ in range(ROUNDS):
            await flood(gateway, kind)
        stop.set()
        return await honest

    async def calms_down() -> None:
        until = monotonic() + MEMORY_SECONDS
        while gateway.memory() > MEMORY_MAX and monotonic() < until:
            await asyncio.sleep(0.2)

    answers = attack.run(attacked())
    assert answers
    assert all(answer.status == 200 for answer in answers)
    attack.run(calms_down())
    figure = f"{gateway.memory() / MEBIBYTE:.0f} MiB after {ROUNDS} rounds"
    record_property("figures", figure)
    assert gateway.memory() <= MEMORY_MAX, figure


def test_as_many_strangers_as_there_are_places_fill_little_memory(attack: Attack, tmp_path: Path, record_property):
    """They all send as much as is taken, and stay."""

    async def peak(gateway: Gateway) -> int:
        most = 0
        for path in (PAYME, CLICK, ORDERS):
            large = LARGE.replace(b"POST / ", b"POST %s " % path.encode()) + MUCH * 8
            connections = await fall_silent(gateway, [large], UNPROVEN_MAX)
            for _ in range(10):
                await asyncio.sleep(0.1)
                most = max(most, gateway.memory())
            for connection in connections:
                connection.writer.transport.abort()
        return most

    with gateway_under(attack, tmp_path) as gateway:
        most = attack.run(peak(gateway))
    record_property("figures", f"{most / MEBIBYTE:.0f} MiB at most")
    assert most <= MEMORY_MAX, most / MEBIBYTE


WAITING = {
    "silent": [],
    "in a head": [b"POST /payment/callback/payme HTTP/1.1\r\nHost: x\r\n"],
    "in a body": [b"POST /payment/callback/click HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na=1"],
    "answered": [b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"],
    "refused": [Request(ORDERS, b"{}").on_the_wire()],
}
"""What strangers have sent when they fall silent."""


async def fall_silent(gateway: Gateway, pieces: list[bytes], count: int = IDLE) -> list[Connection]:
    async def caller() -> Connection:
        connection = await gateway.client.connect()
        for piece in pieces:
            connection.send(piece)
        return connection

    connections = []
    for number in range(0, count, CALLERS):
        connections += await asyncio.gather(*(caller() for _ in range(min(CALLERS, count - number))))
    return connections


@pytest.mark.parametrize(("kind", "limit"), [*((kind, FILES) for kind in WAITING), ("silent", "-n 256")])
def test_silent_strangers_leave_places_for_honest_callers(attack: Attack, tmp_path: Path, kind: str, limit: str):
    async def answered_beside(gateway: Gateway) -> None:
        silent: list[Connection] = []
        for _ in range(3):
            silent += await fall_silent(gateway, WAITING[kind])
            connection = await gateway.client.connect()
            connection.send(HONEST.on_the_wire())
            answer = await connection.receive()
            assert (answer.status, outcome(answer)) == (200, -31003)
            connection.close()
        async with asyncio.timeout(ANSWER_SECONDS):
            await asyncio.gather(*(each.receive_rest() for each in silent))
        for each in silent:
            each.close()

    with gateway_under(attack, tmp_path, limit) as gateway:
        attack.run(answered_beside(gateway))
        surprises = gateway.surprises()
        assert not surprises, str(surprises[0])


CROWD = 1500


def test_a_crowd_of_honest_callers_is_served_to_the_last(attack: Attack, tmp_path: Path):
    """They come at once, each by a new connection, which nothing proves before its call is read."""

    async def all_at_once(gateway: Gateway) -> list[Answer]:
        connections = await asyncio.gather(*(gateway.client.connect() for _ in range(CROWD)))
        for connection in connections:
            connection.send(HONEST.on_the_wire())
        answers = await asyncio.gather(*(connection.receive() for connection in connections))
        for connection in connections:
            connection.close()
        return answers

    with gateway_under(attack, tmp_path, "-n 4096") as gateway:
        answers = attack.run(all_at_once(gateway))
    assert {answer.status for answer in answers} == {200}


def test_it_takes_as_many_file_descriptors_as_it_may(attack: Attack, tmp_path: Path):
    with gateway_under(attack, tmp_path, "-Sn 256", "-Hn 4096") as gateway:
        limits = Path(f"/proc/{gateway.process.pid}/limits").read_text()
    assert re.search(r"^Max open files +4096 +4096 ", limits, re.MULTILINE)

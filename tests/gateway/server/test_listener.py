"""Callers who come while there is much to do, and those who come when nothing more can be held."""

import asyncio
import errno
import socket

import pytest
import uvloop
from aiohttp import web

from gateway.server import descriptors, places
from gateway.server import listener as listening
from gateway.server.connections import Connection
from gateway.server.runner import Runner
from gateway.server.serve import listen
from tests.log_records import logged

REQUEST = b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n"
CALLERS = 200


async def greet(_: web.Request) -> web.Response:
    return web.Response(body=b"hello")


async def served(listener: socket.socket) -> Runner:
    app = web.Application()
    app.router.add_get("/", greet)
    runner = Runner(app, 1, [listener])
    await runner.setup()
    return runner


class Turns:
    """Counts the turns of the loop."""

    def __init__(self) -> None:
        self.count = 0
        self._turn()

    def _turn(self) -> None:
        self.count += 1
        self._next = asyncio.get_running_loop().call_soon(self._turn)

    def stop(self) -> None:
        self._next.cancel()


async def answer_of(caller: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    answer = b""
    while not answer.endswith(b"hello"):
        more = await loop.sock_recv(caller, 1000)
        assert more, "closed without an answer"
        answer += more
    return answer


def test_all_waiting_connections_are_accepted_within_a_few_iterations_of_the_loop():
    with socket.create_server(("127.0.0.1", 0), backlog=CALLERS) as listener:
        callers = [socket.create_connection(listener.getsockname()) for _ in range(CALLERS)]
        for caller in callers:
            caller.sendall(REQUEST)
            caller.setblocking(False)

        async def serve_them() -> int:
            runner = await served(listener)
            turns = Turns()
            async with asyncio.timeout(20):
                await asyncio.gather(*(answer_of(caller) for caller in callers))
            turns.stop()
            await runner.cleanup()
            return turns.count

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            turns = loop.run(serve_them())
        for caller in callers:
            caller.close()
    assert turns < CALLERS / 2


class Full(socket.socket):
    """Cannot hold another connection, at first."""

    refusals = 2

    def accept(self):
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


@pytest.mark.timeout(30)
async def test_without_resources_it_accepts_again_after_a_pause(monkeypatch, caplog):
    monkeypatch.setattr(listening, "PAUSE_SECONDS", 0.05)
    listener = Full(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    runner = await served(listener)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(REQUEST)
    assert b"hello" in await reader.readuntil(b"hello")
    assert logged(caplog.records, "cannot accept connections")[0]["hint"] == "raise the limit of open files"
    writer.close()
    await runner.cleanup()


SILENT = 40


async def test_when_only_the_reserve_is_left_silent_callers_make_room(monkeypatch, caplog):
    """They would leave none to the database, nor to the log."""
    with socket.create_server(("127.0.0.1", 0), backlog=CALLERS) as listener:
        runner = await served(listener)
        monkeypatch.setattr(places, "GRACE_SECONDS", 0.0)
        in_use = listener.fileno()  # those below it are, and some above
        monkeypatch.setattr(descriptors, "limit", lambda: in_use + SILENT + descriptors.RESERVE)
        silent = [await asyncio.open_connection(*listener.getsockname()) for _ in range(SILENT)]
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(REQUEST)
        assert b"hello" in await reader.readuntil(b"hello")
        assert not logged(caplog.records, "cannot accept connections")
        for _, opened in [*silent, (reader, writer)]:
            opened.close()
        await runner.cleanup()


async def test_callers_that_ask_on_and_on_make_room_too(monkeypatch, caplog):
    """They never wait: there is always another of their calls to be answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=CALLERS) as listener:
        runner = await served(listener)
        in_use = listener.fileno()
        monkeypatch.setattr(places, "ANSWERED_SECONDS", 0.0)
        monkeypatch.setattr(Connection, "waits_for_its_caller", lambda _: False)
        monkeypatch.setattr(descriptors, "limit", lambda: in_use + SILENT + descriptors.RESERVE)
        busy = [await asyncio.open_connection(*listener.getsockname()) for _ in range(SILENT)]
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        assert b"hello" in await answered(reader, writer)
        assert not logged(caplog.records, "cannot accept connections")
        for _, opened in [*busy, (reader, writer)]:
            opened.close()
        await runner.cleanup()


async def test_the_reserve_is_left_to_the_gateway_though_nobody_can_go(monkeypatch, caplog):
    monkeypatch.setattr(listening, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(descriptors, "limit", lambda: descriptors.RESERVE // 2)
    with socket.create_server(("127.0.0.1", 0), backlog=CALLERS) as listener:
        runner = await served(listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        with pytest.raises(ConnectionError):
            await answered(reader, writer)
        writer.close()
        assert logged(caplog.records, "cannot accept connections")
        monkeypatch.undo()
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        assert b"hello" in await answered(reader, writer)
        writer.close()
        await runner.cleanup()


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        writer.write(REQUEST)
        return await reader.readuntil(b"hello")
    except asyncio.IncompleteReadError as end:
        raise ConnectionResetError from end


def test_little_is_taken_in_for_a_connection_before_it_is_read():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 2 * listening.RECEIVE_BYTES

"""Connections of callers who begin and never finish."""

import asyncio

import pytest

from gateway.server import answers
from inbound import body
from tests.gateway.server.conftest import ACCEPTED, GO, HEAD, MUCH, NOTIFIED, PIECES, SOON, posts
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS

CHUNKED = b"POST / HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n"
ASK_MUCH = b"GET /much HTTP/1.1\r\nHost: gateway\r\n\r\n"


async def is_closed_soon(reader):
    async with asyncio.timeout(WAIT_SECONDS):
        try:
            return await reader.read() == b""
        except ConnectionResetError:  # bytes that were on their way came to a closed connection
            return True


async def test_a_silent_caller_is_disconnected(interface):
    reader, _ = await interface()
    assert await is_closed_soon(reader)


async def test_an_unfinished_head_is_disconnected_however_often_a_byte_comes(interface):
    reader, writer = await interface()
    closed = asyncio.create_task(is_closed_soon(reader))
    writer.write(HEAD + b"X: ")
    while not closed.done():
        writer.write(b"x")
        await asyncio.sleep(SOON / 20)
    assert await closed


@pytest.mark.parametrize("credentials", [b"", ACCEPTED])
async def test_the_same_on_a_connection_that_has_been_used(interface, credentials):
    reader, writer = await interface()
    assert await posts(reader, writer, headers=credentials) == b"body"
    writer.write(HEAD)
    assert await is_closed_soon(reader)


async def test_an_idle_connection_is_kept_for_a_caller_that_has_once_been_right(interface):
    reader, writer = await interface()
    assert await posts(reader, writer, headers=ACCEPTED) == b"body"
    for _ in range(2):
        await asyncio.sleep(SOON * 3)
        assert await posts(reader, writer) == b"body"


async def test_an_idle_connection_is_not_kept_for_any_other(interface):
    reader, writer = await interface()
    assert await posts(reader, writer) == b"body"
    assert await is_closed_soon(reader)


async def test_a_first_call_may_be_answered_late(runner, interface):
    reader, writer = await interface()
    writer.write(b"GET /wait HTTP/1.1\r\nHost: gateway\r\n\r\n")
    await asyncio.sleep(SOON * 3)
    runner.app[GO].set()
    assert await reader.readuntil(b"at last")


async def test_a_slow_body_is_left_to_the_interface(interface):
    reader, writer = await interface()
    writer.write(HEAD + b"\r\nbo")
    await asyncio.sleep(SOON * 2)
    writer.write(b"dy")
    assert await reader.readuntil(b"body")


async def test_a_body_that_breaks_is_not_waited_for(interface, monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", LONG_SECONDS)
    reader, writer = await interface()
    writer.write(CHUNKED)
    await asyncio.sleep(0.05)
    writer.write(b"no chunk")
    async with asyncio.timeout(WAIT_SECONDS):
        assert b" 400 " in await reader.readuntil(b"\r\n\r\n")


async def asks_on_and_on(writer):
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            writer.write(ASK_MUCH)
            await writer.drain()
            await asyncio.sleep(SOON / 10)


async def begins_to_stop(runner):
    """Returns as soon as the connections are notified, while calls in flight are waited for."""
    stopping = asyncio.create_task(runner.cleanup())
    await runner.app[NOTIFIED].wait()
    return stopping


BEHIND_ITS_HEAD = [
    pytest.param([b"body"], id="a body"),
    pytest.param([b"bo", b"dy"], id="a body in pieces"),
    pytest.param([b"body" + HEAD + b"\r\nmore"], id="and the next call"),
    pytest.param([b"body\0\0\r\n\r\n"], id="and what is no HTTP"),
]


@pytest.mark.parametrize("pieces", BEHIND_ITS_HEAD)
async def test_a_call_whose_body_is_on_its_way_is_answered_at_a_stop_and_no_other_one(runner, interface, pieces):
    reader, writer = await interface()
    writer.write(HEAD + b"Expect: 100-continue\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    stopping = await begins_to_stop(runner)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.02)
    answer = await reader.read()
    assert (answer.count(b"HTTP/1.1"), answer[-4:]) == (1, b"body")
    await stopping


async def test_many_unfinished_heads_are_all_disconnected(interface):
    opened = await asyncio.gather(*[interface() for _ in range(200)])
    for _, writer in opened:
        writer.write(HEAD)
    assert all(await asyncio.gather(*[is_closed_soon(reader) for reader, _ in opened]))


async def test_a_caller_that_never_reads_is_disconnected(interface, monkeypatch):
    monkeypatch.setattr(answers, "READ_SECONDS", SOON)
    _, writer = await interface()
    writer.transport.pause_reading()
    with pytest.raises(ConnectionError):
        await asks_on_and_on(writer)


async def test_a_caller_that_reads_slowly_gets_its_whole_answer(interface, monkeypatch):
    """In more time than that in which nothing might be read at all."""
    monkeypatch.setattr(answers, "READ_SECONDS", SOON * 2)
    reader, writer = await interface()
    writer.write(ASK_MUCH.replace(b"\r\n\r\n", b"\r\n" + ACCEPTED + b"\r\n"))
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(PIECES):
        assert await reader.readexactly(MUCH) == bytes(MUCH)
        await asyncio.sleep(SOON / 3)
    assert await posts(reader, writer) == b"body"

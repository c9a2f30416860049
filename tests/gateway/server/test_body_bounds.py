"""Bodies that are too large, with their framing or without: refused at once, and their rest is thrown away unread."""

import asyncio
import re

import pytest

from gateway.server.bodies import FRAMING_MAX_BYTES, TOO_MUCH
from gateway.server.connections import CALLS_MAX
from gateway.server.slices import SLICE_BYTES
from inbound import body
from inbound.body import BODY_MAX_BYTES
from tests.gateway.server.conftest import ACCEPTED, GO, HEAD
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS

CHUNKED = b"POST / HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n%b\r\n"
END = b"0\r\n\r\n"
CALL = HEAD + b"\r\nbody"
MUCH = b"x" * 4 * 1024 * 1024


def in_chunks(size, count):
    return (b"%x\r\n%b\r\n" % (size, b"x" * size)) * count


def of_length(size, path=b"/"):
    return b"POST %b HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n" % (path, size)


@pytest.fixture(autouse=True)
def _the_body_is_waited_for(monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", LONG_SECONDS)


async def answers(reader):
    """All that comes until the connection is closed."""
    async with asyncio.timeout(WAIT_SECONDS):
        return await reader.read()


async def head_of_answer(reader):
    async with asyncio.timeout(WAIT_SECONDS):
        return await reader.readuntil(b"\r\n\r\n")


TAKEN = [
    pytest.param(in_chunks(64, 512), id="short ones"),
    pytest.param(in_chunks(256, 256), id="as long as a short packet"),
    pytest.param(in_chunks(BODY_MAX_BYTES, 1), id="one"),
    pytest.param(in_chunks(1, 600), id="some of one byte"),
]


@pytest.mark.parametrize("credentials", [b"", ACCEPTED])
@pytest.mark.parametrize("chunks", TAKEN)
async def test_a_body_in_chunks_is_read_whole_and_the_connection_goes_on(interface, credentials, chunks):
    reader, writer = await interface()
    for _ in range(2):
        writer.write(CHUNKED % credentials + chunks + END)
        assert b" 200 OK" in await head_of_answer(reader)
        await reader.readexactly(chunks.count(b"x"))


TOO_LARGE = {
    "more than its head may say": of_length(BODY_MAX_BYTES + 1),
    "more than may come": CHUNKED % b"" + in_chunks(BODY_MAX_BYTES // 2, 2) + b"1\r\nx\r\n",
    "chunks of one byte": CHUNKED % b"" + in_chunks(1, 4096),
    "an endless extension": CHUNKED % b"" + b"1;" + b"x" * 16 * 1024,
}


@pytest.mark.parametrize("case", TOO_LARGE)
@pytest.mark.parametrize("credentials", [b"", ACCEPTED])
async def test_a_body_is_refused_as_soon_as_it_is_too_large(interface, case, credentials):
    reader, writer = await interface()
    writer.write(TOO_LARGE[case].replace(b"\r\n\r\n", b"\r\n" + credentials + b"\r\n", 1))
    head = await head_of_answer(reader)
    assert (b" 413 " in head, b"\r\nConnection: close\r\n" in head) == (True, True)


async def test_the_calls_before_it_are_answered_and_none_behind_it(interface):
    reader, writer = await interface()
    writer.write(CALL * 2 + CHUNKED % b"" + in_chunks(1, 4096) + END + CALL)
    writer.write_eof()
    assert re.findall(rb"HTTP/1.1 (\d+)", await answers(reader)) == [b"200", b"200", b"413"]


@pytest.mark.parametrize(
    "large", [of_length(len(MUCH)) + MUCH, CHUNKED % b"" + in_chunks(1, 40_000)], ids=["plain", "chunks"]
)
async def test_a_caller_that_sends_all_before_it_reads_finds_its_answer(interface, large):
    reader, writer = await interface()
    writer.write(large)
    async with asyncio.timeout(WAIT_SECONDS):
        await writer.drain()
    assert b" 413 " in await head_of_answer(reader)


@pytest.mark.parametrize("path", [b"/", b"/unread"])
async def test_little_is_parsed_of_what_comes_behind(runner, interface, path):
    _, writer = await interface()
    writer.write((CHUNKED % b"").replace(b"/", path, 1))
    await asyncio.sleep(0.05)
    (connection,) = runner.server.connections
    writer.write(in_chunks(1, 40_000))
    async with asyncio.timeout(WAIT_SECONDS):
        await writer.drain()
        while connection._body.total_bytes <= BODY_MAX_BYTES:
            await asyncio.sleep(0.01)
    assert connection._body.total_bytes - len(TOO_MUCH) <= (FRAMING_MAX_BYTES + 2 * SLICE_BYTES) / 5


async def test_of_a_stranger_a_slice_is_parsed_in_a_turn_of_the_loop(runner, interface):
    _, writer = await interface()
    writer.write(of_length(BODY_MAX_BYTES))
    await asyncio.sleep(0.05)
    (connection,) = runner.server.connections
    connection.data_received(b"x" * 3 * SLICE_BYTES)
    seen = []
    for _ in range(3):
        seen.append((connection._body.total_bytes, connection.waits_for_its_caller()))
        await asyncio.sleep(0)
    assert seen == [(SLICE_BYTES, False), (2 * SLICE_BYTES, False), (3 * SLICE_BYTES, True)]


@pytest.mark.parametrize("credentials", [b"", ACCEPTED])
async def test_of_calls_in_one_go_few_wait_for_their_answers(runner, interface, credentials):
    reader, writer = await interface()
    writer.write(HEAD + credentials + b"\r\nbody")
    await reader.readuntil(b"body")
    (connection,) = runner.server.connections
    connection.data_received(b"GET /wait HTTP/1.1\r\nHost: gateway\r\n\r\n" * 400)
    await asyncio.sleep(0.05)
    assert len(connection._messages) <= CALLS_MAX
    runner.app[GO].set()
    for _ in range(400):
        await reader.readuntil(b"at last")


async def test_calls_in_one_go_are_all_answered_behind_one_whose_body_came_late(interface):
    reader, writer = await interface()
    for piece in (HEAD + b"\r\nbo", b"dy"):
        writer.write(piece)
        await asyncio.sleep(0.05)
    writer.write(b"GET /nothing HTTP/1.1\r\nHost: gateway\r\n\r\n" * 8)
    writer.write_eof()
    assert (await answers(reader)).count(b"HTTP/1.1 ") == 9

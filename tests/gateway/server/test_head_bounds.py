"""How long a head may be, in however many pieces it comes."""

import asyncio
from contextlib import suppress

import pytest

from gateway.server import connections
from tests.gateway.server.conftest import posts


def head_of(size, headers=1):
    """A POST with an empty body whose head is so long, before the empty line that ends it."""
    start = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0"
    rest = size - len(start)
    each, more = divmod(rest, headers)
    lines = b"".join(b"\r\nX-%03d: " % n + b"x" * (each - 9 + (more if n == 0 else 0)) for n in range(headers))
    assert len(start + lines) == size
    return start + lines + b"\r\n\r\n"


@pytest.mark.parametrize("headers", [2, 50])
async def test_a_head_may_be_as_long_as_the_bound(interface, headers):
    reader, writer = await interface()
    writer.write(head_of(connections.HEAD_MAX_BYTES, headers))
    assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("headers", [2, 50])
async def test_a_longer_head_is_refused(interface, headers):
    reader, writer = await interface()
    writer.write(head_of(connections.HEAD_MAX_BYTES + 1, headers))
    assert (await reader.read()).startswith(b"HTTP/1.0 400 ")


async def test_a_longer_head_is_refused_before_it_is_all_there(interface):
    reader, writer = await interface()
    answer = asyncio.create_task(reader.read())
    head = head_of(300 * 1024, headers=60)
    for start in range(0, len(head), 1000):
        if answer.done():
            break
        writer.write(head[start : start + 1000])
        await asyncio.wait({answer}, timeout=0.005)
    with suppress(ConnectionError):  # what had been sent meanwhile was thrown away
        assert (await answer).startswith(b"HTTP/1.0 400 ")
    assert start < len(head) // 2


async def test_a_longer_head_is_refused_on_a_connection_that_has_been_used(interface):
    reader, writer = await interface()
    for _ in range(3):  # each within the bound: they are not added up
        assert await posts(reader, writer) == b"body"
    writer.write(head_of(connections.HEAD_MAX_BYTES + 1, headers=2))
    assert (await reader.read()).startswith(b"HTTP/1.0 400 ")


async def test_a_body_is_no_head(interface):
    reader, writer = await interface()
    body = b"x" * 60_000
    writer.write(b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 60000\r\n\r\n" + body[:100])
    await asyncio.sleep(0.02)
    writer.write(body[100:])
    assert (await reader.readuntil(b"x" * 60_000)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("cut", [1, 2, 3])
async def test_a_head_may_end_in_two_pieces(interface, cut):
    reader, writer = await interface()
    body = b"x" * 2 * connections.HEAD_MAX_BYTES
    head = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: %d\r\n\r\n" % len(body)
    for _ in range(2):
        writer.write(head[:-cut])
        await asyncio.sleep(0.02)
        writer.write(head[-cut:] + body)
        assert (await reader.readuntil(body)).startswith(b"HTTP/1.1 200 ")


async def test_too_many_headers_are_too_many_however_short(interface):
    reader, writer = await interface()
    writer.write(b"POST / HTTP/1.1\r\nHost: gateway\r\n" + b"A: b\r\n" * 200 + b"\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.0 400 ")

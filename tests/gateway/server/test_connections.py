"""Connections of callers who begin and never finish."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web

from gateway.server import connections
from gateway.throttle.cooldowns import Cooldowns
from tests.log_records import logged
from tests.long_timeouts import WAIT_SECONDS

ASK_MUCH = b"GET /much HTTP/1.1\r\nHost: gateway\r\n\r\n"
MUCH, PIECES = 1024 * 1024, 8
"""More than the system takes in for somebody who does not read."""

HEAD = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n"
SOON = 0.5
"""A bound for what is not done: much longer than a caller takes for a call, however slow the machine."""
NOTIFIED = web.AppKey("notified", asyncio.Event)
"""Set when connections have been notified that the server stops."""


@pytest.fixture
async def runner(monkeypatch):
    """A server that answers with what it was sent, or with much."""

    async def echo(request):
        return web.Response(body=await request.read())

    async def much(request):
        response = web.StreamResponse(headers={"Content-Length": str(MUCH * PIECES)})
        await response.prepare(request)
        for _ in range(PIECES):
            await response.write(bytes(MUCH))
        return response

    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    app = web.Application()
    app.router.add_post("/", echo)
    app.router.add_get("/much", much)
    app[NOTIFIED] = asyncio.Event()

    async def notify(_):
        app[NOTIFIED].set()

    app.on_shutdown.append(notify)
    runner = connections.Runner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner
    await runner.cleanup()


@pytest.fixture
async def interface(runner):
    """Opens connections to it."""
    address, opened = runner.addresses[0], []

    async def open_connection():
        opened.append(await asyncio.open_connection(*address))
        return opened[-1]

    yield open_connection
    for _, writer in opened:
        writer.close()


async def is_closed_soon(reader):
    async with asyncio.timeout(WAIT_SECONDS):
        try:
            return await reader.read() == b""
        except ConnectionResetError:  # bytes that were on their way came to a closed connection
            return True


async def posts(reader, writer, body=b"body"):
    writer.write(HEAD + b"\r\n" + body)
    return (await reader.readuntil(body))[-4:]


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


async def test_the_same_on_a_connection_that_has_been_used(interface):
    reader, writer = await interface()
    assert await posts(reader, writer) == b"body"
    writer.write(HEAD)
    assert await is_closed_soon(reader)


async def test_an_idle_connection_is_kept(interface):
    reader, writer = await interface()
    for _ in range(2):
        assert await posts(reader, writer) == b"body"
        await asyncio.sleep(SOON * 2)
    assert await posts(reader, writer) == b"body"


async def test_a_slow_body_is_left_to_the_interface(interface):
    reader, writer = await interface()
    writer.write(HEAD + b"\r\nbo")
    await asyncio.sleep(SOON * 2)
    writer.write(b"dy")
    assert await reader.readuntil(b"body")


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


CREDENTIALS = b"Authorization: Basic UGF5Y29tOnNlY3JldA==\r\n"

NOT_HTTP = [
    pytest.param(b"POST / HTTP/1.1\nHost: x\n" + CREDENTIALS + b"\n", id="bare line feeds"),
    pytest.param(HEAD + CREDENTIALS + b"X: a\0b\r\n\r\nbody", id="NUL"),
    pytest.param(HEAD + CREDENTIALS + b"X: " + b"a" * 9000 + b"\r\n\r\nbody", id="9 KB"),
    pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="two lengths"),
    pytest.param(bytes(range(256)), id="bytes"),
    pytest.param(HEAD.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"\r\nzz\r\n", id="bad chunk"),
]


@pytest.mark.parametrize("sent", NOT_HTTP)
async def test_what_is_not_http_is_answered_without_repeating_it(interface, caplog, sent):
    caplog.set_level("INFO")
    reader, writer = await interface()
    writer.write(sent)
    async with asyncio.timeout(WAIT_SECONDS):
        status, *_, text = (await reader.read()).split(b"\r\n")
    assert (status, text) == (b"HTTP/1.0 400 Bad Request", b"400: this is not HTTP as we take it")
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


async def test_many_unfinished_heads_are_all_disconnected(interface):
    opened = await asyncio.gather(*[interface() for _ in range(200)])
    for _, writer in opened:
        writer.write(HEAD)
    assert all(await asyncio.gather(*[is_closed_soon(reader) for reader, _ in opened]))


async def test_a_caller_that_never_reads_is_disconnected(interface, monkeypatch):
    monkeypatch.setattr(connections, "READ_SECONDS", SOON)
    _, writer = await interface()
    writer.transport.pause_reading()
    with pytest.raises(ConnectionError):
        await asks_on_and_on(writer)


async def test_a_caller_that_reads_slowly_gets_its_whole_answer(interface, monkeypatch):
    """In more time than that in which nothing might be read at all."""
    monkeypatch.setattr(connections, "READ_SECONDS", SOON * 2)
    reader, writer = await interface()
    writer.write(ASK_MUCH)
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(PIECES):
        assert await reader.readexactly(MUCH) == bytes(MUCH)
        await asyncio.sleep(SOON / 3)
    assert await posts(reader, writer) == b"body"


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


LOGGED = ["127.0.0.1"]
BAD_REQUESTS = [
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\0\r\n\r\n", LOGGED, id="NUL in a header"),
    pytest.param(
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Basic c2VjcmV0\r\n\r\n", LOGGED, id="space before a colon"
    ),
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic c2VjcmV0\n\r\n", LOGGED, id="bare line feed"),
    pytest.param(b"c2VjcmV0\r\n\r\n", [], id="a word"),
    pytest.param(b"\x16\x03\x01c2VjcmV0\x01\x00\r\n\r\n", [], id="TLS"),
    pytest.param(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: c2VjcmV0\r\n\r\n", LOGGED, id="lengths"
    ),
]
"""What is sent, and whose address is logged: what begins with no HTTP at all, aiohttp does not report."""


@pytest.mark.parametrize(("sent", "remotes"), BAD_REQUESTS)
async def test_what_is_not_http_is_logged_without_a_word_of_it(interface, sent, remotes, caplog, monkeypatch):
    caplog.set_level("INFO")
    monkeypatch.setattr(connections, "_recently_logged", Cooldowns())
    for _ in range(3):
        reader, writer = await interface()
        writer.write(sent)
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
    records = logged(caplog.records, "request is not HTTP")
    assert [record["remote"] for record in records] == remotes
    assert "c2VjcmV0" not in caplog.text + repr(records)

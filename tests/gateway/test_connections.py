"""Connections of callers who begin and never finish."""

import asyncio

import pytest
from aiohttp import web

from gateway import connections

HEAD = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n"
SOON = 0.3


@pytest.fixture
async def door(monkeypatch):
    """Opens connections to a server that answers with what it was sent."""

    async def echo(request):
        return web.Response(body=await request.read())

    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    app = web.Application()
    app.router.add_post("/", echo)
    runner = connections.Runner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened = []

    async def open_connection():
        opened.append(await asyncio.open_connection(*runner.addresses[0]))
        return opened[-1]

    yield open_connection
    for _, writer in opened:
        writer.close()
    await runner.cleanup()


async def is_closed_soon(reader):
    async with asyncio.timeout(SOON * 5):
        return await reader.read() == b""


async def posts(reader, writer, body=b"body"):
    writer.write(HEAD + b"\r\n" + body)
    return (await reader.readuntil(body))[-4:]


async def test_who_says_nothing_is_sent_away(door):
    reader, _ = await door()
    assert await is_closed_soon(reader)


async def test_who_never_finishes_a_head_is_sent_away_however_often_a_byte_comes(door):
    reader, writer = await door()
    closed = asyncio.create_task(is_closed_soon(reader))
    for byte in HEAD[:40]:
        writer.write(bytes([byte]))
        await asyncio.sleep(SOON / 20)
    assert closed.done()
    assert await closed


async def test_the_same_on_a_connection_that_has_been_used(door):
    reader, writer = await door()
    assert await posts(reader, writer) == b"body"
    writer.write(HEAD)
    assert await is_closed_soon(reader)


async def test_an_idle_connection_is_kept(door):
    reader, writer = await door()
    for _ in range(2):
        assert await posts(reader, writer) == b"body"
        await asyncio.sleep(SOON * 2)
    assert await posts(reader, writer) == b"body"


async def test_a_slow_body_is_the_doors_own_business(door):
    reader, writer = await door()
    writer.write(HEAD + b"\r\nbo")
    await asyncio.sleep(SOON * 2)
    writer.write(b"dy")
    assert await reader.readuntil(b"body")


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
async def test_what_is_not_http_is_told_so_and_nothing_of_itself(door, caplog, sent):
    caplog.set_level("INFO")
    reader, writer = await door()
    writer.write(sent)
    async with asyncio.timeout(5):
        status, *_, text = (await reader.read()).split(b"\r\n")
    assert (status, text) == (b"HTTP/1.0 400 Bad Request", b"400: this is not HTTP as we take it")
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


async def test_many_unfinished_heads_are_all_sent_away(door):
    opened = await asyncio.gather(*[door() for _ in range(200)])
    for _, writer in opened:
        writer.write(HEAD)
    assert all(await asyncio.gather(*[is_closed_soon(reader) for reader, _ in opened]))

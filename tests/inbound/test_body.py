"""A body within its bounds of size and time, as a fourth interface would read it."""

import asyncio
from collections.abc import AsyncIterator
from unittest import mock

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import TestServer, make_mocked_request

from inbound import body
from inbound.body import Body, BodyFailure, answer_expectation, read_body, respond_and_close
from tests.long_timeouts import LONG_SECONDS, WAIT_SECONDS

LIMIT = 1024
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
LAST = HEAD + b"Connection: close\r\n"


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """Answers with the size of the body, or with what kept it from being read."""

    async def answer(request: web.Request) -> web.StreamResponse:
        received = await read_body(request)
        if received.failure is None:
            return web.Response(text=str(len(received.content)))
        return await respond_and_close(request, web.Response(text=received.failure.value), received.failure)

    app = web.Application(client_max_size=LIMIT)
    app.router.add_post("/", answer, expect_handler=answer_expectation)
    server = TestServer(app)
    # aiohttp itself would close the connection after ten seconds: it must not be what a test sees.
    await server.start_server(lingering_time=LONG_SECONDS)
    yield server
    await server.close()


async def sent(server: TestServer, *parts: bytes) -> str:
    """What comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(WAIT_SECONDS):
        answer = await reader.read()
    writer.close()
    return answer.decode()


@pytest.mark.parametrize("size", [0, 1, LIMIT])
async def test_a_body_is_read_whole(server, size):
    head = LAST + b"Content-Length: %d\r\n\r\n" % size
    for parts in ([head + b"x" * size], [head, b"x" * size], [head, b"x" * (size // 2), b"x" * (size - size // 2)]):
        assert (await sent(server, *parts)).endswith(f"\r\n\r\n{size}")


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT * 50])
async def test_a_body_beyond_the_bound_is_too_large(server, size):
    head = HEAD + b"Content-Length: %d\r\n\r\n" % size
    for parts in ([head + b"x" * size], [head, b"x" * size]):
        assert (await sent(server, *parts)).endswith("too large")


async def test_a_body_that_does_not_come_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(body, "BODY_READ_MAX_SECONDS", 0.1)
    answer = await sent(server, HEAD + b"Content-Length: 10\r\n\r\n", b"x")
    assert "Connection: close" in answer
    assert answer.endswith("too slow")


@pytest.mark.parametrize("error", [web.RequestPayloadError("no chunk"), ConnectionResetError("Connection lost")])
@pytest.mark.parametrize("came_with_its_head", [True, False])
async def test_a_body_that_breaks_off_is_damaged(error, came_with_its_head):
    content = StreamReader(mock.Mock(), 2**16)
    content.feed_data(b"x")
    if came_with_its_head:
        content.feed_eof()
    content.set_exception(error)
    request = make_mocked_request("POST", "/", payload=content)
    assert await read_body(request) == Body(failure=BodyFailure.DAMAGED)


async def test_a_caller_that_waits_to_be_told_to_go_on_is(server):
    head = LAST + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    assert (await sent(server, head, b"x")).startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_nobody_is_asked_to_go_on_with_a_body_that_is_too_large(server):
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % (LIMIT + 1))
    async with asyncio.timeout(WAIT_SECONDS):
        answer = await reader.readuntil(b"too large")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("expectation", [b"the-unexpected", b""])
async def test_any_other_expectation_is_passed_over(server, expectation):
    head = LAST + b"Content-Length: 1\r\nExpect: %b\r\n\r\n" % expectation
    assert (await sent(server, head, b"x")).startswith("HTTP/1.1 200 OK\r\n")


async def test_a_caller_that_has_gone_is_not_told_to_go_on_and_is_no_error(caplog):
    """With a traceback for each of them anybody could fill the log."""

    async def answer_who_has_gone(request: web.Request) -> None:
        assert request.transport is not None
        request.transport.abort()
        try:
            await answer_expectation(request)
        finally:
            reached.set()

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response()

    reached, app = asyncio.Event(), web.Application()
    app.router.add_post("/", answer, expect_handler=answer_who_has_gone)
    async with TestServer(app) as server, asyncio.timeout(WAIT_SECONDS):
        assert await sent(server, HEAD + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\n") == ""
        await reached.wait()
    assert [record for record in caplog.records if record.exc_info] == []

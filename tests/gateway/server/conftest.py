"""A server on the gateway's own connections, and callers that write to it byte by byte."""

import asyncio

import pytest
from aiohttp import hdrs, web

from gateway.server import connections
from gateway.server.runner import Runner
from inbound.body import BODY_MAX_BYTES, BodyFailure, read_body, respond_and_close
from inbound.callers import accept_caller

HEAD = b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n"
ACCEPTED = b"Authorization: yes\r\n"
"""Credentials that the server takes; any others are none."""
STATUS = {None: 200, BodyFailure.TOO_SLOW: 408, BodyFailure.TOO_LARGE: 413, BodyFailure.DAMAGED: 400}
MUCH, PIECES = 1024 * 1024, 8
"""More than the system takes in for somebody who does not read."""
SOON = 0.5
"""A bound for what is not done: much longer than a caller takes for a call, however slow the machine."""
NOTIFIED = web.AppKey("notified", asyncio.Event)
"""Set when connections have been notified that the server stops."""
GO = web.AppKey("go", asyncio.Event)


@pytest.fixture
async def runner(monkeypatch):
    """A server that answers with what it was sent, or with much, or not before `GO` is set."""

    async def echo(request):
        body = await read_body(request)
        response = web.Response(body=body.content, status=STATUS[body.failure])
        return await respond_and_close(request, response, body.failure) if body.failure else response

    async def unread(request):
        return web.Response()

    @web.middleware
    async def check(request, handler):
        if hdrs.AUTHORIZATION in request.headers:
            accept_caller(request)
        return await handler(request)

    async def wait(request):
        await app[GO].wait()
        return web.Response(body=b"at last")

    async def much(request):
        response = web.StreamResponse(headers={"Content-Length": str(MUCH * PIECES)})
        await response.prepare(request)
        for _ in range(PIECES):
            await response.write(bytes(MUCH))
        return response

    monkeypatch.setattr(connections, "HEAD_SECONDS", SOON)
    monkeypatch.setattr(connections, "UNPROVEN_SECONDS", SOON)
    app = web.Application(middlewares=[check], client_max_size=BODY_MAX_BYTES)
    app.router.add_post("/", echo)
    app.router.add_get("/much", much)
    app.router.add_post("/unread", unread)
    app.router.add_get("/wait", wait)
    app[NOTIFIED], app[GO] = asyncio.Event(), asyncio.Event()

    async def notify(_):
        app[NOTIFIED].set()

    app.on_shutdown.append(notify)
    runner = Runner(app, shutdown_timeout=1)
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


async def posts(reader, writer, body=b"body", headers=b""):
    writer.write(HEAD + headers + b"\r\n" + body)
    return (await reader.readuntil(body))[-4:]

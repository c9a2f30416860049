"""A shop's receiver of webhooks: a real HTTP server that verifies, remembers, and answers as the test says."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.long_timeouts import WAIT_SECONDS

Answer = Callable[[dict[str, Any]], int | web.StreamResponse]


@dataclass
class Receiver:
    """What has come, in its order; `answer` says by the event which status it gets, 204 otherwise."""

    server: TestServer | None = None
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Answer = field(default=lambda event: 204)
    gate: asyncio.Event | None = None
    """While it is closed, requests are held."""
    in_flight: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    overlaps: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        assert self.server is not None
        return str(self.server.make_url("/hooks"))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.requests]

    @property
    def headers(self) -> list[dict[str, str]]:
        """By their names in lower case."""
        return [{name.lower(): value for name, value in headers.items()} for headers, _ in self.requests]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        event = orjson.loads(body)
        account = event["data"]["order"]["account"] if "order" in event["data"] else ""
        self.in_flight[account] += 1
        self.overlaps += self.in_flight[account] > 1
        self.requests.append((dict(request.headers), body))
        self._came.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            answer = self.answer(event)
        finally:
            self.in_flight[account] -= 1
        return web.Response(status=answer) if isinstance(answer, int) else answer

    async def receives(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many requests have come in all; the events."""
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.requests) < count:
                self._came.clear()
                await self._came.wait()
        return self.events


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", receiver.handle)
    receiver.server = TestServer(app)
    await receiver.server.start_server()
    try:
        yield receiver
    finally:
        if receiver.gate is not None:
            receiver.gate.set()
        await receiver.server.close()

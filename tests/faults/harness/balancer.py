"""A proxy before several gateways: asks who is ready, spreads the calls among those, and asks nobody twice."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Final

import aiohttp
from aiohttp import web

POLL: Final = 0.05
"""Seconds between two looks at a gateway's readiness."""
HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
"""Headers that are not passed on: they are about one connection."""


class Balancer:
    def __init__(self, urls: Iterable[str], onward: aiohttp.ClientSession, asking: aiohttp.ClientSession) -> None:
        """`onward` keeps its connections to the gateways and uses them again, as every proxy does."""
        self.urls = tuple(urls)
        self.onward, self.asking = onward, asking
        self.ready: set[str] = set()
        self._turns = count()

    async def watch(self, url: str) -> None:
        while True:
            ready = False
            with suppress(aiohttp.ClientError, TimeoutError):
                async with self.asking.get(f"{url}/health/ready") as response:
                    ready = response.status == 200
            (self.ready.add if ready else self.ready.discard)(url)
            await asyncio.sleep(POLL)

    async def sees(self, url: str, *, ready: bool) -> None:
        """Until it knows."""
        async with asyncio.timeout(30):
            while (url in self.ready) is not ready:
                await asyncio.sleep(POLL / 2)

    async def carry(self, request: web.Request) -> web.StreamResponse:
        """One call to one gateway; where that breaks, the caller's connection breaks as well."""
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        try:
            url = self._next() + request.raw_path
            async with self.onward.request(request.method, url, data=body, headers=headers) as answer:
                said = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
                return web.Response(body=await answer.read(), status=answer.status, headers=said)
        except (aiohttp.ClientError, LookupError):
            if request.transport is not None:
                request.transport.abort()
            raise

    def _next(self) -> str:
        ready = [url for url in self.urls if url in self.ready]
        return ready[next(self._turns) % len(ready)] if ready else self._nobody()

    @staticmethod
    def _nobody() -> str:
        raise LookupError("no gateway is ready")


@asynccontextmanager
async def balancer_before(*urls: str) -> AsyncIterator[tuple[Balancer, str]]:
    """The proxy and its address, once all of them are ready."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False) as onward,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as asking,
    ):
        balancer = Balancer(urls, onward, asking)
        watches = [asyncio.create_task(balancer.watch(url)) for url in urls]
        server = web.Server(balancer.carry, access_log=None)
        listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        try:
            for url in urls:
                await balancer.sees(url, ready=True)
            yield balancer, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        finally:
            for watch in watches:
                watch.cancel()
            listening.close()
            await server.shutdown(1)

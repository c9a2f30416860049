"""The runner serves an application on our connections."""

import socket
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from gateway.server.connections import Connection
from gateway.server.garbage import GarbageByBytes
from gateway.server.listener import Listener
from gateway.server.places import Places

HEADERS_MAX: Final = 64
"""Several times as many as a browser sends."""

KEEPALIVE_SECONDS: Final = 620.0
"""A little more than the caller's ten minutes: the caller should be the one who closes."""

LINGERING_SECONDS: Final = 5.0
"""For what a caller still sends behind a call that is answered: it comes to read the answer when it has sent it."""


class Runner(web.AppRunner):
    """Runs an application on connections accepted from these sockets, without an access log."""

    __slots__ = ("_listeners", "_note_not_http", "_places")

    def __init__(self, app: web.Application, shutdown_timeout: float, listeners: Sequence[socket.socket] = ()) -> None:
        # Of several processes' metrics the files must come first.
        from gateway.observability.metrics import METRICS
        from gateway.throttle.failed_auth import FAILED_AUTH

        self._listeners = listeners
        metrics, limiter = app.get(METRICS), app.get(FAILED_AUTH)
        self._note_not_http = _note_nothing if limiter is None else limiter.not_http
        self._places = Places() if metrics is None else Places(count_shed=metrics.connections_shed.inc)
        super().__init__(
            app,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=KEEPALIVE_SECONDS,
            max_headers=HEADERS_MAX,
            lingering_time=LINGERING_SECONDS,
            access_log=None,
            handler_cancellation=False,
        )

    async def setup(self) -> None:
        await super().setup()
        for listener in self._listeners:
            await Listener(self, listener, self._places).start()

    async def _make_server(self) -> web.Server:
        from gateway.http.short_path import ShortPath

        server = await super()._make_server()
        short_path: Any = ShortPath(self.app, server)  # its calls and answers are as much of aiohttp's as is asked for
        return _Server(
            short_path.answer,
            request_factory=short_path.make_call,
            handler_cancellation=server.handler_cancellation,
            loop=server._loop,
            places=self._places,
            garbage=GarbageByBytes(),
            note_not_http=self._note_not_http,
            **server._kwargs,
        )


def _note_nothing(address: str, error: str) -> None:
    """Of an application that has no limiter."""


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        """Make a connection. The options are those of the server, which aiohttp keeps for it."""
        options: dict[str, Any] = self._kwargs
        return Connection(self, loop=self._loop, **options)

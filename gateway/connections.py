"""Connections that do not wait for ever, and are not upset by what is not HTTP.

Whoever begins a request must finish its head in time. aiohttp has one timer for that and for an idle connection, which
may stay for ten minutes, as Payme advises. (Bodies are timed by who reads them.)
"""

import asyncio
import logging
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

log = logging.getLogger(__name__)

HEAD_SECONDS: Final = 10.0
KEEPALIVE_SECONDS: Final = 620.0
"""A little more than the caller's ten minutes: the caller should be the one who closes."""


class Connection(web.RequestHandler):
    """Closes itself when the first request, or the rest of a head that was begun, does not come in time."""

    __slots__ = ("_head_timer",)

    _head_timer: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_timer = self._loop.call_later(HEAD_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        heads = self._request_count
        super().data_received(data)
        if self._request_count != heads:
            self._stop_timer()
        elif self._head_timer is None and self._is_idle():
            self._head_timer = self._loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Says no more than that: aiohttp would send the bytes back, credentials and all, in Python's words."""
        return super().handle_error(request, status, exc, message and f"{status}: this is not HTTP as we take it")

    def log_exception(self, *args: Any, **more: Any) -> None:
        """No traceback of what a caller's bytes bring about: anybody could fill the log with them."""
        trouble = more.get("exc_info")
        if isinstance(trouble, HttpProcessingError | web.RequestPayloadError):
            log.info("a request that is not HTTP: %s", type(trouble.__cause__ or trouble).__name__)
        else:
            super().log_exception(*args, **more)

    def _is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _give_up(self) -> None:
        self._head_timer = None
        if self._is_idle():
            self.force_close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on connections of ours, without an access log."""

    __slots__ = ()

    def __init__(self, app: web.Application, shutdown_timeout: float) -> None:
        super().__init__(
            app,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=KEEPALIVE_SECONDS,
            access_log=None,
            handler_cancellation=False,
            auto_decompress=False,  # nobody needs it, and it brings bombs, and codecs that are not installed
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )

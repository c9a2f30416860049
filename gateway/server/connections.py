"""Connections bound what a caller may keep waiting or fill, and answer what is not HTTP.

A caller that begins a request must finish its head in time. aiohttp has one timer for that and for an idle connection,
which may stay for ten minutes, as Payme advises. (The interfaces time the bodies that they read.) And a caller must
read its answers in time.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.server.listener import Listener
from gateway.throttle.cooldowns import Cooldowns

log = logging.getLogger(__name__)

HEAD_SECONDS: Final = 10.0
"""For the head of a call, and for the first one from the connection's beginning."""

HEAD_MAX_BYTES: Final = 8 * 1024
"""Request line and headers together. aiohttp itself bounds a line, and how many there are."""

HEADERS_MAX: Final = 64
"""Several times as many as a browser sends."""

END_OF_HEAD: Final = b"\r\n\r\n"

READ_SECONDS: Final = 30.0
"""While nothing can be written, because a caller does not read its answer."""

KEEPALIVE_SECONDS: Final = 620.0
"""A little more than the caller's ten minutes: the caller should be the one who closes."""

LOG_COOLDOWN_SECONDS: Final = 60.0
"""Between two records of what one address sent that is not HTTP."""
NOT_HTTP: Final = "400: this is not HTTP as we take it"
HEAD_TOO_LARGE: Final = (
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(NOT_HTTP)}\r\nConnection: close\r\n\r\n{NOT_HTTP}"
).encode()

_recently_logged: Final = Cooldowns()


class Connection(web.RequestHandler):
    """Closes itself when the first request, or the rest of a head that was begun, does not come in time, or when an
    answer is not read in time."""

    __slots__ = ("_head_size", "_head_timer", "_read_timer", "_tail")

    _head_timer: asyncio.TimerHandle | None
    _head_size: int
    """Bytes of the head that is coming in."""
    _tail: bytes
    """The last bytes received: the end of a head may come in two pieces."""
    _read_timer: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_size = 0
        self._tail = b""
        self._read_timer = None
        self._head_timer = self._loop.call_later(HEAD_SECONDS, self._close_if_idle)

    def data_received(self, data: bytes) -> None:
        if self._close or self._force_close:
            self._feed_body(data)
            return
        heads = self._request_count
        if self._head_size + len(data) > HEAD_MAX_BYTES and self._head_is_too_large(data):
            self._refuse_head()
            return
        self._tail = (self._tail + data[-3:])[-3:]
        super().data_received(data)
        if self._request_count != heads:
            self._head_size = 0
            self._stop_timer()
        elif self._is_idle():
            self._head_size += len(data)
            if self._head_timer is None:
                self._head_timer = self._loop.call_later(HEAD_SECONDS, self._close_if_idle)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_timer()
        self._stop_read_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.transport is not None:  # to close it is not enough: that waits until everything is read
            self._read_timer = self._loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_read_timer()

    def _feed_body(self, data: bytes) -> None:
        """Feed the rest of a call that began before the stop: aiohttp would throw it away, and with it the call.

        Another call behind it would not be served any more: from there on nothing is looked at, or kept.
        """
        if self.transport is None or self._parser is None or self._upgraded:
            return
        try:
            next_messages, upgraded, _ = self._parser.feed_data(data)
        except HttpProcessingError:
            self._parser = None
        else:
            if next_messages or upgraded:
                self._parser = None

    def _head_is_too_large(self, data: bytes) -> bool:
        """Whether these are bytes of a head, and too many of them."""
        if self._request_count and not self._is_idle():
            return False
        head = (self._tail + data).partition(END_OF_HEAD)[0]
        return self._head_size + len(head) - len(self._tail) > HEAD_MAX_BYTES

    def _refuse_head(self) -> None:
        self._log_not_http("a head of more than 8 KiB")
        if self.transport is not None:
            self.transport.write(HEAD_TOO_LARGE)
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer no more than that: aiohttp would send the bytes back, credentials and all, in Python's words."""
        return super().handle_error(request, status, exc, message and NOT_HTTP)

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log no traceback of what a caller's bytes cause: it quotes them, and any caller could fill the log so."""
        error = more.get("exc_info")
        if isinstance(error, HttpProcessingError | web.RequestPayloadError):
            self._log_not_http(type(error.__cause__ or error).__name__)
        else:
            super().log_exception(*args, **more)

    def _log_not_http(self, reason: str) -> None:
        """Log it once in a while for each address."""
        peer = self.peername
        address = str(peer[0]) if isinstance(peer, tuple) else "a socket"
        if _recently_logged.start("http", address, LOG_COOLDOWN_SECONDS):
            log.info("request is not HTTP", extra={"remote": address, "error": reason})

    def _is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _close_if_idle(self) -> None:
        self._head_timer = None
        if self._is_idle():
            self.force_close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class _ConnectionServer(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on our connections, accepted from these sockets, without an access log."""

    __slots__ = ("_listeners",)

    def __init__(self, app: web.Application, shutdown_timeout: float, listeners: Sequence[socket.socket] = ()) -> None:
        self._listeners = listeners
        super().__init__(
            app,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=KEEPALIVE_SECONDS,
            max_headers=HEADERS_MAX,
            access_log=None,
            handler_cancellation=False,
            auto_decompress=False,  # no caller needs it, and it brings bombs, and codecs that are not installed
        )

    async def setup(self) -> None:
        await super().setup()
        for listener in self._listeners:
            await Listener(self, listener).start()

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _ConnectionServer(
            server.request_handler,
            request_factory=server.request_factory,
            handler_cancellation=server.handler_cancellation,
            loop=server._loop,
            **server._kwargs,
        )

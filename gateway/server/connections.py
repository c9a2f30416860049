"""Connections that do not wait for ever, are not filled without bounds, and are not upset by what is not HTTP.

Whoever begins a request must finish its head in time. aiohttp has one timer for that and for an idle connection, which
may stay for ten minutes, as Payme advises. (Bodies are timed by who reads them.) And whoever asks must read what is
answered.
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
MAX_HEAD: Final = 8 * 1024
"""Bytes of a head: request line and headers together. aiohttp itself bounds a line, and how many there are."""
MAX_HEADERS: Final = 64
END_OF_HEAD: Final = b"\r\n\r\n"

READ_SECONDS: Final = 30.0
"""While nothing can be written, because a caller does not read what was answered."""

KEEPALIVE_SECONDS: Final = 620.0
"""A little more than the caller's ten minutes: the caller should be the one who closes."""

TELL_SECONDS: Final = 60.0
NOT_HTTP: Final = "400: this is not HTTP as we take it"
TOO_LARGE: Final = (
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(NOT_HTTP)}\r\nConnection: close\r\n\r\n{NOT_HTTP}"
).encode()

_told: Final = Cooldowns()


class Connection(web.RequestHandler):
    """Closes itself when the first request, or the rest of a head that was begun, does not come in time, or when what
    was answered is not read in time."""

    __slots__ = ("_head_size", "_head_timer", "_last", "_read_timer")

    _head_timer: asyncio.TimerHandle | None
    _head_size: int
    """Bytes of the head that is coming in."""
    _last: bytes
    """What came last: the end of a head may come in two pieces."""
    _read_timer: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_size = 0
        self._last = b""
        self._read_timer = None
        self._head_timer = self._loop.call_later(HEAD_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        if self._close or self._force_close:
            self._take_the_rest(data)
            return
        heads = self._request_count
        if self._head_size + len(data) > MAX_HEAD and self._is_too_large(data):
            self._turn_away()
            return
        self._last = (self._last + data[-3:])[-3:]
        super().data_received(data)
        if self._request_count != heads:
            self._head_size = 0
            self._stop_timer()
        elif self._is_idle():
            self._head_size += len(data)
            if self._head_timer is None:
                self._head_timer = self._loop.call_later(HEAD_SECONDS, self._give_up)

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

    def _take_the_rest(self, data: bytes) -> None:
        """Of a call that began before the stop: aiohttp would throw it away, and with it the call.

        Another call behind it would not be served any more: from there on nothing is looked at, or kept.
        """
        if self.transport is None or self._parser is None or self._upgraded:
            return
        try:
            next_ones, upgraded, _ = self._parser.feed_data(data)
        except HttpProcessingError:
            self._parser = None
        else:
            if next_ones or upgraded:
                self._parser = None

    def _is_too_large(self, data: bytes) -> bool:
        """Whether these are bytes of a head, and too many of them."""
        if self._request_count and not self._is_idle():
            return False
        head = (self._last + data).partition(END_OF_HEAD)[0]
        return self._head_size + len(head) - len(self._last) > MAX_HEAD

    def _turn_away(self) -> None:
        self._tell("a head of more than 8 KiB")
        if self.transport is not None:
            self.transport.write(TOO_LARGE)
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Says no more than that: aiohttp would send the bytes back, credentials and all, in Python's words."""
        return super().handle_error(request, status, exc, message and NOT_HTTP)

    def log_exception(self, *args: Any, **more: Any) -> None:
        """No traceback of what a caller's bytes bring about: it quotes them, and anybody could fill the log with it."""
        trouble = more.get("exc_info")
        if isinstance(trouble, HttpProcessingError | web.RequestPayloadError):
            self._tell(type(trouble.__cause__ or trouble).__name__)
        else:
            super().log_exception(*args, **more)

    def _tell(self, what: str) -> None:
        """Once in a while for each address."""
        name = self.peername
        address = str(name[0]) if isinstance(name, tuple) else "a socket"
        if _told.start("http", address, TELL_SECONDS):
            log.info("request is not HTTP", extra={"remote": address, "error": what})

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

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on connections of ours, taken from these sockets, without an access log."""

    __slots__ = ("_listeners",)

    def __init__(self, app: web.Application, shutdown_timeout: float, listeners: Sequence[socket.socket] = ()) -> None:
        self._listeners = listeners
        super().__init__(
            app,
            shutdown_timeout=shutdown_timeout,
            keepalive_timeout=KEEPALIVE_SECONDS,
            max_headers=MAX_HEADERS,
            access_log=None,
            handler_cancellation=False,
            auto_decompress=False,  # nobody needs it, and it brings bombs, and codecs that are not installed
        )

    async def setup(self) -> None:
        await super().setup()
        for listener in self._listeners:
            await Listener(self, listener).start()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )

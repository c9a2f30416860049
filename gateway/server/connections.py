"""Connections bound what a caller may keep waiting or fill, and answer what is not HTTP.

A caller that begins a request must finish its head in time. aiohttp has one timer for that and for an idle connection,
which may stay for ten minutes, as Payme advises: but only for a caller that has once been right. (The interfaces time
the bodies that they read.)
"""

import asyncio
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD

from gateway.server.bodies import BodyBrokeOff, BodyConnection, NotHttp
from gateway.server.garbage import GarbageByBytes
from gateway.server.not_http import NOT_HTTP, NOT_HTTP_ANSWER, NoteNotHttp, address_of
from gateway.server.places import Places
from gateway.server.slices import SLICE_BYTES
from inbound.traceback import drop_traceback

HEAD_SECONDS: Final = 10.0
"""For the head of a call, once it has begun."""

UNPROVEN_SECONDS: Final = 5.0
"""For the head of the next call, begun or not, as long as none with accepted credentials has come."""

CALLS_MAX: Final = 4
"""That have come by one connection and are not answered yet; then it is not read. No provider sends two."""

HEAD_MAX_BYTES: Final = 8 * 1024
"""Request line and headers together. aiohttp itself bounds a line, and how many there are."""

END_OF_HEAD: Final = b"\r\n\r\n"


class Connection(BodyConnection):
    """Closes itself when a head does not come in time."""

    __slots__ = ("_garbage", "_head_size", "_head_timer", "_heads_timed", "_note_not_http", "_places", "_tail")

    _head_timer: asyncio.TimerHandle | None
    _heads_timed: int
    """Heads that had come when the timer began."""
    _head_size: int
    """Bytes of the head that is coming in."""
    _tail: bytes
    """The last bytes received: the end of a head may come in two pieces."""

    def __init__(
        self, manager: web.Server, places: Places, garbage: GarbageByBytes, note_not_http: NoteNotHttp, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._max_msg_queue_size = CALLS_MAX - 1  # the parser counts one too many where a body came behind its head
        self._parser = HttpRequestParser(
            self,
            self._loop,
            self._read_bufsize,
            max_line_size=self.max_line_size,
            max_field_size=self.max_field_size,
            max_headers=self.max_headers,
            payload_exception=web.RequestPayloadError,
            auto_decompress=False,  # no caller needs it, and it brings bombs, and codecs that are not installed
            max_msg_queue_size=CALLS_MAX,
        )
        self._places, self._garbage, self._note_not_http = places, garbage, note_not_http

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.is_proven = self._is_broken = False
        self._body = EMPTY_PAYLOAD
        self._head_size = self._body_size = 0
        self._tail = self._unread = b""
        self._start_timer(UNPROVEN_SECONDS)
        self._places.take(self)

    def data_received(self, data: bytes) -> None:
        if self._is_broken:
            return
        size = len(data)
        if size > SLICE_BYTES:
            self._read_in_slices(data)
            return
        if not self.is_proven:
            self._places.note_received(self)
            self._garbage.received(size)
        if self._close or self._force_close:
            self._feed_body(data)
            return
        heads = self._request_count
        if self._head_size + size > HEAD_MAX_BYTES and self._head_is_too_large(data):
            self._refuse_head()
            return
        self._tail = (self._tail + data[-3:])[-3:]
        super().data_received(data)
        if self._request_count != heads:
            self._head_size = self._body_size = 0
            message, body = self._messages[-1]
            if isinstance(message, NotHttp):
                self._break(message.exc)
            else:
                self._body = body
            if self.is_proven:
                self._stop_timer()
        elif self._is_idle():
            self._head_size += size
            if self._head_timer is None:
                self._start_timer(HEAD_SECONDS)
        elif not self._body.is_eof():
            self._bound_body(size)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._places.leave(self)
        self._stop_timer()
        super().connection_lost(exc)
        self._messages.clear()
        self._unread = b""
        body, self._body = self._body, EMPTY_PAYLOAD
        if not body.is_eof() and body.exception() is None:
            body.feed_eof()  # aiohttp would wait for the rest, to throw it away

    def prove(self) -> None:
        """Wait for its caller from now on, as long as an honest one may be silent."""
        super().prove()
        self._places.leave(self)
        self._stop_timer()

    def waits_for_its_caller(self) -> bool:
        """Whether nothing goes on before the caller sends more, or reads its answer."""
        if self._unread:
            return False
        return self._is_idle() or self._read_timer is not None or not self._body.is_eof()

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
            elif not self._body.is_eof():
                self._bound_body(len(data))

    def _break(self, error: BaseException) -> None:
        """Look at nothing more, and let nobody wait for it."""
        self._is_broken = True
        drop_traceback(error)
        if not self._body.is_eof():
            self._body.set_exception(web.RequestPayloadError())

    def _head_is_too_large(self, data: bytes) -> bool:
        """Whether these are bytes of a head, and too many of them."""
        if self._request_count and not self._is_idle():
            return False
        head = (self._tail + data).partition(END_OF_HEAD)[0]
        return self._head_size + len(head) - len(self._tail) > HEAD_MAX_BYTES

    def _refuse_head(self) -> None:
        self._note_not_http(address_of(self.peername), "a head of more than 8 KiB")
        if self.transport is not None:
            self.transport.write(NOT_HTTP_ANSWER)
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer no more than that: aiohttp would send the bytes back, credentials and all, in Python's words."""
        try:
            return super().handle_error(request, status, exc, message and NOT_HTTP)
        finally:
            if exc is not None:
                drop_traceback(exc)

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Log no traceback of what a caller's bytes cause: it quotes them, and any caller could fill the log so."""
        error = more.get("exc_info")
        if isinstance(error, BodyBrokeOff):
            drop_traceback(error)
        elif isinstance(error, HttpProcessingError | web.RequestPayloadError):
            self._note_not_http(address_of(self.peername), type(error.__cause__ or error).__name__)
            drop_traceback(error)
        else:
            super().log_exception(*args, **more)

    def _start_timer(self, seconds: float) -> None:
        self._heads_timed = self._request_count
        self._head_timer = self._loop.call_later(seconds, self._close_if_no_head)

    def _close_if_no_head(self) -> None:
        """Close where none has come meanwhile, unless the last call is still being answered."""
        self._head_timer = None
        if self._is_idle() and self._request_count == self._heads_timed:
            self.force_close()
        elif not self.is_proven:
            self._start_timer(UNPROVEN_SECONDS)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

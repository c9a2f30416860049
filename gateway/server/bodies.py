"""The body of a call is bounded as it comes, framing included, and not waited for where it will not come.

What comes behind a body that is too large is thrown away unread.
"""

from typing import Final

from aiohttp import StreamReader, web, web_protocol

from gateway.server.slices import SlicedConnection
from inbound.body import BODY_MAX_BYTES

FRAMING_MAX_BYTES: Final = 4 * 1024
"""Of a body that comes in chunks: their lengths, and what stands behind the last one. A chunk takes as long to parse
whatever its length; an honest proxy's is as long as a packet, and its framing a hundredth of the body."""

TOO_MUCH: Final = bytes(BODY_MAX_BYTES + 1)
"""Takes the place of the rest of a body that is too large: whoever reads it finds out by its length."""

NotHttp: Final = web_protocol._ErrInfo
"""What aiohttp puts in the place of a call that its parser can't read."""


class BodyBrokeOff(web.RequestPayloadError):
    """The caller has said that it sends no more, in the middle of a body."""


class BodyConnection(SlicedConnection):
    """Ends with a call whose body is too large, or behind which its caller sends no more."""

    __slots__ = ("_body", "_body_size")

    _body: StreamReader
    """Of the last call that began; only this one may be unfinished."""
    _body_size: int
    """Bytes that have come of it, framing included, but for those that came with its head."""

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio asks whether to keep our half open
        """Answer what has come whole before the connection is closed: its caller may still listen."""
        if self._is_idle() or not self._request_count:
            return False
        self._close_after_last_call()
        if self._is_broken:
            self._body.feed_eof()
        elif not self._body.is_eof():
            self._body.set_exception(BodyBrokeOff())
        return True

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Do so where it was paused: aiohttp asks for it with each chunk that is read."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def _is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _bound_body(self, size: int) -> None:
        """Count so many bytes more, and refuse the body where they are too many."""
        self._body_size += size
        content = self._body.total_bytes
        if content > BODY_MAX_BYTES or self._body_size - content > FRAMING_MAX_BYTES:
            self._is_broken = True
            self._close_after_last_call()
            self._body.feed_data(TOO_MUCH)

    def _close_after_last_call(self) -> None:
        """Close the connection once all that have come are answered."""
        if not self._messages:
            self._close = True
            return
        message, body = self._messages[-1]
        if not isinstance(message, NotHttp):
            self._messages[-1] = (message._replace(should_close=True), body)

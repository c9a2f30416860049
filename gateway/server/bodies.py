"""The last call by a connection is answered when its caller sends no more, and its body not waited for in vain."""

from typing import Final

from aiohttp import StreamReader, web, web_protocol

from inbound.callers import ProvableConnection

NotHttp: Final = web_protocol._ErrInfo
"""What aiohttp puts in the place of a call that its parser can't read."""


class BodyBrokeOff(web.RequestPayloadError):
    """The caller has said that it sends no more, in the middle of a body."""


class BodyConnection(ProvableConnection):
    """Knows which call is the last, and what has come of its body."""

    __slots__ = ("_body",)

    _body: StreamReader
    """Of the last call that began; only this one may be unfinished."""

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio asks whether to keep our half open
        """Answer what has come whole before the connection is closed: its caller may still listen."""
        if self._is_idle() or not self._request_count:
            return False
        self._close_after_last_call()
        if not self._body.is_eof():
            self._body.set_exception(BodyBrokeOff())
        return True

    def _is_idle(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _close_after_last_call(self) -> None:
        """Close the connection once all that have come are answered."""
        if not self._messages:
            self._close = True
            return
        message, body = self._messages[-1]
        if not isinstance(message, NotHttp):
            self._messages[-1] = (message._replace(should_close=True), body)

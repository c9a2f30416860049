"""Answers are written, and a caller must read them in time."""

import asyncio
from typing import Any, Final

from aiohttp import web

from gateway.http.ready_response import ReadyResponse
from inbound.callers import ProvableConnection
from inbound.short_calls import ShortCall

READ_SECONDS: Final = 30.0
"""While nothing can be written, because a caller does not read its answer."""


class AnsweringConnection(ProvableConnection):
    """Writes ready responses itself, leaves all others to aiohttp, and ends where none is read."""

    __slots__ = ("_read_timer", "_whole_transport")

    _read_timer: asyncio.TimerHandle | None
    _whole_transport: asyncio.Transport | None
    """Until the connection is lost. aiohttp lets go of it as soon as it is to be closed, which may take long."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._whole_transport = self.transport
        self._read_timer = None

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_read_timer()
        super().connection_lost(exc)
        self._whole_transport = None

    def abort(self) -> None:
        """Close the connection at once, whatever still waits to be sent."""
        if self._whole_transport is not None:
            self._whole_transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        # To close it is not enough: that waits until everything is read.
        self._read_timer = self._loop.call_later(READ_SECONDS, self.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_read_timer()

    async def finish_response(
        self, request: Any, resp: web.StreamResponse | ReadyResponse, start_time: float | None
    ) -> tuple[Any, bool]:
        """Send the answer. True: its caller has gone."""
        if not isinstance(resp, ReadyResponse):
            answered: Any = request.request if isinstance(request, ShortCall) else request
            return await super().finish_response(answered, resp, start_time)
        if self.transport is None or self.transport.is_closing():
            return resp, True
        self.transport.write(resp.content)
        try:
            await self._drain_helper()
        except ConnectionError:
            return resp, True
        return resp, False

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

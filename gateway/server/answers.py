"""A caller must read its answers in time."""

import asyncio
from typing import Final

from inbound.callers import ProvableConnection

READ_SECONDS: Final = 30.0
"""While nothing can be written, because a caller does not read its answer."""


class AnsweringConnection(ProvableConnection):
    """Closes itself when an answer is not read in time."""

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

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

"""What comes in one piece is parsed in slices; of a connection that has proven nothing one in a turn of the event loop.

A stranger's bytes can be such that each kilobyte of them takes as long as a call. The others wait for a slice of them.
"""

from typing import Final

from gateway.server.answers import AnsweringConnection

SLICE_BYTES: Final = 4 * 1024
"""Given to aiohttp's parser at once. What it can't read it keeps, too, and quotes several times over."""


class SlicedConnection(AnsweringConnection):
    """Receives nothing more before it has read what it has."""

    __slots__ = ("_is_broken", "_unread")

    _is_broken: bool
    """Whether nothing more is looked at: what came is not HTTP, or too much."""
    _unread: bytes

    def _read_in_slices(self, data: bytes) -> None:
        self._unread += data
        self._pause_transport_reading()
        self._read_slice()

    def _read_slice(self) -> None:
        """Read what a turn has, unless enough waits to be dealt with: then `_resume_transport_reading` goes on."""
        while self._unread and not self._has_enough():
            data, self._unread = self._unread[:SLICE_BYTES], self._unread[SLICE_BYTES:]
            self.data_received(data)
            if self._is_broken or self.transport is None:
                self._unread = b""
            if not self.is_proven:
                break
        if not self._has_enough():
            self._resume_transport_reading()

    def _has_enough(self) -> bool:
        return self._buffer_paused or self._reading_paused

    def _resume_transport_reading(self) -> None:
        if self._unread:
            self._loop.call_soon(self._read_slice)
        else:
            super()._resume_transport_reading()

"""Idle connections are bounded: those that wait in the pool for another request to their host."""

from typing import Final

from outbound.flood import CountedProtocol

IDLE_MAX: Final = 128
"""aiohttp's own limit counts those in use only; each of the others takes a file descriptor that payments may need."""


class IdleConnections:
    """Knows the connections by their last use, and closes those that have waited for longest."""

    def __init__(self) -> None:
        self._connections: dict[CountedProtocol, None] = {}

    def add(self, connection: CountedProtocol) -> None:
        """To be called at the end of each request. One that is in use again is not closed: its end adds it anew."""
        self._connections.pop(connection, None)
        self._connections[connection] = None
        while len(self._connections) > IDLE_MAX:
            oldest = next(iter(self._connections))
            del self._connections[oldest]
            oldest.close_if_idle()

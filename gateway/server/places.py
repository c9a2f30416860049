"""Places are what a process has for connections; those of callers that have proven nothing are few."""

import logging
from collections.abc import Callable
from itertools import islice
from typing import Final, Protocol

from gateway.throttle.cooldowns import Cooldowns

log = logging.getLogger(__name__)

UNPROVEN_MAX: Final = 512
"""Connections of one process on which no call with accepted credentials has come yet. Each may fill some 100 KiB."""

EXAMINED_MAX: Final = 64
"""Connections that are looked at for one that can go: an honest crowd that waits for its answers costs no more."""

LOG_COOLDOWN_SECONDS: Final = 60.0


class UnprovenConnection(Protocol):
    """A connection whose caller has not been right yet."""

    def waits_for_its_caller(self) -> bool:
        """Whether nothing goes on before the caller sends more, or reads its answer."""

    def abort(self) -> None:
        """Close it at once."""


class Places:
    """Holds the unproven connections of one process, about the oldest first.

    An honest caller sends its call as soon as it is connected, and so it is seldom one of the oldest that wait.
    """

    def __init__(self, unproven_max: int = UNPROVEN_MAX, count_shed: Callable[[], object] = lambda: None) -> None:
        """`count_shed`: called for each connection that has lost its place."""
        self._unproven_max = unproven_max
        self._unproven: dict[UnprovenConnection, None] = {}
        self._count_shed = count_shed
        self._logged = Cooldowns()

    def take(self, connection: UnprovenConnection) -> None:
        """Take a place for a new connection; of too many the oldest that waits for its caller loses its own."""
        if len(self._unproven) >= self._unproven_max:
            self.shed()
        self._unproven[connection] = None

    def leave(self, connection: UnprovenConnection) -> None:
        """Give it back: its caller has been right, or is gone."""
        self._unproven.pop(connection, None)

    def shed(self) -> bool:
        """Close the oldest unproven connection that waits for its caller. False: none was found."""
        for connection in list(islice(self._unproven, EXAMINED_MAX)):
            del self._unproven[connection]
            if connection.waits_for_its_caller():
                self._close(connection)
                return True
            self._unproven[connection] = None
        return False

    def shed_answered(self) -> bool:
        """Close the oldest unproven connection, though it is being answered. False: there is none.

        A caller may ask so much at once that it always is; a good call proves its connection before its answer is
        waited for.
        """
        oldest = next(iter(self._unproven), None)
        if oldest is None:
            return False
        del self._unproven[oldest]
        self._close(oldest)
        return True

    def _close(self, connection: UnprovenConnection) -> None:
        connection.abort()
        self._note()

    def _note(self) -> None:
        self._count_shed()
        if self._logged.start("shed", "", LOG_COOLDOWN_SECONDS):
            log.warning(
                "connections without a good call closed",
                extra={
                    "open": len(self._unproven),
                    "hint": "somebody opens many: see tiyin_connections_shed_total, and the proxy's log",
                },
            )

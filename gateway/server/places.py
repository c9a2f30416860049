"""Places are what a process has for connections; those of callers that have proven nothing are few."""

import logging
from collections.abc import Callable
from itertools import islice
from time import monotonic
from typing import Final, Protocol

from gateway.throttle.cooldowns import Cooldowns

log = logging.getLogger(__name__)

SILENT_MAX: Final = 2048
"""Connections of one process by which nothing has come yet. Each takes some 20 KiB."""

UNPROVEN_MAX: Final = 768
"""Those by which something has come, and no call with accepted credentials. Each may fill some 100 KiB."""

GRACE_SECONDS: Final = 0.25
"""For what an honest caller has sent to be read: until then it is not closed to make room for others."""

ANSWERED_SECONDS: Final = 5.0
"""After that a connection may go though it is being answered. A good call has long proven its connection by then."""

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

    An honest caller sends its call as soon as it is connected, so it is silent for a moment only, and seldom one of the
    oldest whose call is not whole.
    """

    def __init__(
        self,
        unproven_max: int = UNPROVEN_MAX,
        silent_max: int = SILENT_MAX,
        count_shed: Callable[[], object] = lambda: None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`count_shed`: called for each connection that has lost its place."""
        self._unproven_max, self._silent_max = unproven_max, silent_max
        self._silent: dict[UnprovenConnection, float] = {}
        self._begun: dict[UnprovenConnection, float] = {}
        """Both with the time at which they were taken."""
        self._count_shed = count_shed
        self._now = now
        self._logged = Cooldowns()

    def take(self, connection: UnprovenConnection) -> None:
        """Take a place for a new connection; of too many silent ones the oldest loses its own."""
        if len(self._silent) >= self._silent_max:
            self._close(next(iter(self._silent)))
        self._silent[connection] = self._now()

    def note_received(self, connection: UnprovenConnection) -> None:
        """Note that something has come by it; of too many the oldest that waits for its caller loses its place."""
        taken_at = self._silent.pop(connection, None)
        if taken_at is None:
            return
        if len(self._begun) >= self._unproven_max:
            self._close_waiting(0.0)
        self._begun[connection] = taken_at

    def leave(self, connection: UnprovenConnection) -> None:
        """Give it back: its caller has been right, or is gone."""
        self._silent.pop(connection, None)
        self._begun.pop(connection, None)

    def shed(self) -> bool:
        """Close an unproven connection that waits for its caller, about the oldest. False: none was found."""
        if self._close_waiting(GRACE_SECONDS):
            return True
        return self._close_oldest(self._silent, GRACE_SECONDS)

    def shed_answered(self) -> bool:
        """Close the oldest unproven connection, though it is being answered. False: there is none of some age.

        A caller may ask so much at once that it always is; a good call proves its connection before its answer is
        waited for.
        """
        return self._close_oldest(self._begun, ANSWERED_SECONDS)

    def _close_waiting(self, grace_seconds: float) -> bool:
        taken_before = self._now() - grace_seconds
        for connection, taken_at in list(islice(self._begun.items(), EXAMINED_MAX)):
            del self._begun[connection]
            if taken_at <= taken_before and connection.waits_for_its_caller():
                self._close(connection)
                return True
            self._begun[connection] = taken_at
        return False

    def _close_oldest(self, places: dict[UnprovenConnection, float], grace_seconds: float) -> bool:
        oldest = min(islice(places, EXAMINED_MAX), key=places.__getitem__, default=None)
        if oldest is None or places[oldest] > self._now() - grace_seconds:
            return False
        self._close(oldest)
        return True

    def _close(self, connection: UnprovenConnection) -> None:
        self.leave(connection)
        connection.abort()
        self._count_shed()
        if self._logged.start("shed", "", LOG_COOLDOWN_SECONDS):
            log.warning(
                "connections without a good call closed",
                extra={
                    "open": len(self._silent) + len(self._begun),
                    "hint": "somebody opens many: see tiyin_connections_shed_total, and the proxy's log",
                },
            )

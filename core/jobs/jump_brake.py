"""The jump brake slows the wall clock down for the sweeper where that has jumped ahead of the time that has passed."""

from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock, Uptime

JUMP_MIN: Final = timedelta(seconds=30)
"""Steps below it are how a clock is kept right. From it on the database's clock would not be believed either."""


class JumpBrake:
    """Compares the wall clock with the uptime since the process began.

    Both are this machine's, as the database's clock may be: where all of them jump together, only the uptime does not.
    """

    def __init__(self, clock: Clock, uptime: Uptime) -> None:
        self._uptime = uptime
        self.began = self._then = clock()
        """When the process began, by the wall clock."""
        self._uptime_began = self._uptime_then = uptime()
        self.jump = timedelta()
        """How far the wall clock is ahead since it has jumped."""

    @property
    def seconds_since_start(self) -> float:
        return self._uptime() - self._uptime_began

    def slowed(self, now: datetime) -> datetime:
        """Return `now`, or less the jump: what has ended by both clocks has surely ended.

        Small steps are followed. A clock that was set back is believed at once, and until it is further than before
        when it is set forward again.
        """
        uptime = self._uptime()
        expected = self._then + timedelta(seconds=uptime - self._uptime_then)
        ahead = now - expected
        self.jump = ahead if ahead > JUMP_MIN else timedelta()
        if abs(ahead) <= JUMP_MIN:
            self._then, self._uptime_then = now, uptime
        return now - self.jump

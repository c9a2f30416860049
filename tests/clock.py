"""A clock that the tests move by hand."""

from datetime import datetime, timedelta

from core.clock import wall_clock


class Clock:
    """Stands still until it is moved. Called like the gateway's own clock."""

    def __init__(self) -> None:
        self._now = wall_clock()

    def __call__(self) -> datetime:
        return self._now

    now = __call__

    def advance(self, **by: float) -> None:
        """By so many hours, seconds, milliseconds … (negative: the clock was set back)."""
        self._now += timedelta(**by)

    def stands_at(self, moment: datetime) -> None:
        self._now = moment

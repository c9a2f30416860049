"""A clock that the tests move by hand."""

from datetime import datetime, timedelta

from core.clock import wall_clock


class Clock:
    """Stands still until it is moved. Called like the gateway's own clock."""

    def __init__(self) -> None:
        self._now = wall_clock()
        self.jumped = timedelta()
        """How much of what it shows has not passed."""
        self.database_behind = timedelta()
        """How far the database's clock is behind this one: not at all, unless a test asks what happens then."""

    def __call__(self) -> datetime:
        return self._now

    now = __call__

    async def of_database(self, _: object) -> datetime:
        """What the gateway compares its clock with: this one, or every test would be about clocks that disagree."""
        return self._now - self.database_behind

    def uptime(self) -> float:
        """What the gateway compares its clock with as well: the seconds that have passed."""
        return (self._now - self.jumped).timestamp()

    def jumps(self, **by: float) -> None:
        """Somebody sets it, and with it the database's: no time has passed."""
        self.advance(**by)
        self.jumped += timedelta(**by)

    def advance(self, **by: float) -> None:
        """By so many hours, seconds, milliseconds … (negative: the clock was set back)."""
        self._now += timedelta(**by)

    def stands_at(self, moment: datetime) -> None:
        self._now = moment

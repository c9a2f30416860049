"""Our clock is compared with the database's, and nothing is ended by one that the database does not share."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.db.connection import Connections, PooledConnection
from core.domain.clock_trust import DATABASE_SKEW_MAX, ClockTrust, clock_trust
from core.observer import Observer

log = logging.getLogger(__name__)

DatabaseClock = Callable[[PooledConnection], Awaitable[datetime]]
"""Reads the clock that ours is compared with."""

Alone = Literal["ours", "database's", "unknown"]

PROVIDER_MOMENTS_MAX: Final = 16
"""That are kept: some come late, because their calls were sent again."""

HINTS: Final[dict[Alone, str]] = {
    "ours": "set the clock of this machine by the network: timedatectl, chronyc tracking",
    "database's": "set the clock of the database's machine by the network: timedatectl, chronyc tracking",
    "unknown": "look at the clocks of this machine and of the database's: timedatectl, chronyc tracking",
}


async def database_now(connection: PooledConnection) -> datetime:
    ((now,),) = await connection.rows("SELECT clock_timestamp()", ())
    assert isinstance(now, datetime)
    return now


class Moment(NamedTuple):
    """One moment by two clocks: somebody's and the event loop's."""

    now: datetime
    loop_time: float
    """By the event loop's clock, which nobody sets."""

    def after(self, loop_time: float) -> datetime:
        """Return what that clock should show then. A provider may have sent the last moment that there is."""
        try:
            return self.now + timedelta(seconds=loop_time - self.loop_time)
        except OverflowError:
            return self.now


class ClockComparison:
    """Knows how far our clock is ahead of the database's, as of the last time that it was compared."""

    def __init__(self, clock: Clock, database_clock: DatabaseClock, observer: Observer) -> None:
        self._clock = clock
        self._database_clock = database_clock
        self._observer = observer
        self._last: Moment | None = None
        self._provider_moments: deque[Moment] = deque(maxlen=PROVIDER_MOMENTS_MAX)
        self._alone: Alone | None = None
        """Which clock differs from the two others; None while ours and the database's agree."""
        self.skew = timedelta()
        """How far ours is ahead."""
        self.trust = ClockTrust.EVERYTHING
        """What may be decided by our clock."""

    def moment(self) -> Moment:
        return Moment(self._clock(), asyncio.get_running_loop().time())

    def holds_for(self, moment: Moment) -> bool:
        """Return whether our clock was compared, and has gone on since then without a jump."""
        return self._last is not None and abs(moment.now - self._last.after(moment.loop_time)) <= DATABASE_SKEW_MAX

    async def compare(self, connection: PooledConnection, moment: Moment) -> ClockTrust:
        """Compare the moment, which our clock has shown, with the database's clock.

        The database has read it at some time between question and answer: a slow answer is no skew.
        """
        loop = asyncio.get_running_loop()
        asked = loop.time()
        theirs = await self._database_clock(connection)
        answered = loop.time()
        middle = (asked + answered) / 2
        self._last = moment
        self.skew = moment.after(middle) - theirs
        self.trust = clock_trust(self.skew, timedelta(seconds=(answered - asked) / 2))
        self._observer.clock_compared(self.skew)
        self._log_change(None if self.trust is ClockTrust.EVERYTHING else self._clock_alone(theirs, middle))
        return self.trust

    async def trusted_now(self, engine: AsyncEngine) -> datetime | None:
        """Return what our clock shows, if the database's agrees; otherwise None."""
        moment = self.moment()
        async with Connections(engine).autocommit() as connection:
            trust = await self.compare(connection, moment)
        return moment.now if trust is ClockTrust.EVERYTHING else None

    def now(self) -> datetime:
        """Return what our clock shows; while it disagrees with the database's, what that one should show."""
        return self._clock() - (timedelta() if self.trust is ClockTrust.EVERYTHING else self.skew)

    def provider_says(self, now: datetime) -> None:
        """Remember what a provider's clock has shown, to know later which of three is alone."""
        self._provider_moments.append(Moment(now, asyncio.get_running_loop().time()))

    def _clock_alone(self, theirs: datetime, loop_time: float) -> Alone:
        """The provider's clock is on the side of that which it is much closer to."""
        if not self._provider_moments:
            return "unknown"
        providers = max(moment.after(loop_time) for moment in self._provider_moments)
        from_theirs, from_ours = abs(providers - theirs), abs(providers - theirs - self.skew)
        if min(from_theirs, from_ours) > abs(self.skew) / 4:
            return "unknown"
        return "ours" if from_theirs < from_ours else "database's"

    def _log_change(self, alone: Alone | None) -> None:
        """Log a change of this once, not with every comparison."""
        if alone == self._alone:
            return
        self._alone = alone
        if alone is None:
            log.warning("clocks agree again")
        else:
            skew = round(self.skew.total_seconds(), 3)
            log.error("clocks disagree", extra={"skew_seconds": skew, "alone": alone, "hint": HINTS[alone]})

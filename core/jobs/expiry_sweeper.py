"""The sweeper ends expired payments and expired orders."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock_comparison import ClockComparison
from core.db.connection import Connections, PooledConnection
from core.db.engine import set_locally
from core.domain.clock_trust import ClockTrust
from core.domain.commands import ExpirePayment
from core.domain.errors import Overloaded, TryAgain
from core.jobs.expiries import BEGINNING, READING_SETTINGS, Expired, Place, SweepCommand, all_expired
from core.jobs.jump_brake import JumpBrake
from core.observer import Observer
from core.restores import Restores
from schema.test_mode import split
from schema.values import PaymentSource

log = logging.getLogger(__name__)

Hold = Literal["clock_jump", "backlog"]
"""Why something that has expired by the wall clock is not ended."""

PAGE_MAX_COMMANDS: Final = 1_000
"""Read at once. Many orders may end in the same moment, and each page has to sort all of those."""

PAGE_MAX_SECONDS: Final = 60.0
"""Ten chunks of a page take one or two; this is for a database that answers late."""

CHUNK_MAX_COMMANDS: Final = 100
"""Given to the core together: payments that come in meanwhile share its batches."""

CHUNK_PAUSE_MAX_SECONDS: Final = 0.05
"""After a chunk there is a pause as long as it took, up to this: every other batch is the payers' alone."""

SWEEP_KEY: Final = 0x7469_7969_6E00
"""Of the lock that lets one process sweep at a time: in the database nobody else's."""

SWEEP_SETTINGS: Final = {**READING_SETTINGS, "idle_in_transaction_session_timeout": "10s"}
"""A process that stands still holds the lock no longer than that; a chunk is answered within its deadline."""

BACKLOG_MAX_COMMANDS: Final = 1_000
"""That had expired before the process began. Any more are a day on which none ran, or a clock that has jumped since
then: a process that has just begun cannot tell."""

BACKLOG_WAIT_SECONDS: Final = 300.0
"""Before such a backlog is ended. A machine that has just come up has its clock set by then, and an operator can look.
Nobody waits for it: a call is decided by the time, whether or not a sweep has passed."""

HINTS: Final[dict[Hold, str]] = {
    "clock_jump": "what has expired only by the jump is not ended: set this machine's clock right; if it is right now,"
    " restart the gateway",
    "backlog": "so much had expired before the gateway was started: if this machine's clock is right, there is nothing"
    " to do",
}


class _Swept(NamedTuple):
    commands: int
    next: Place | None = None
    """Where the next page begins; None: there is none."""
    is_over: bool = False
    """The sweep goes no further."""


class ExpirySweeper:
    """Gives expired payments and orders to the core as commands; it decides nothing itself.

    How much has expired does not matter, only what says so: before each chunk the clock is compared with the
    database's and with the time that has passed. One process sweeps at a time.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        do: Callable[[SweepCommand], Awaitable[object]],
        clocks: ClockComparison,
        brake: JumpBrake,
        restores: Restores,
        lifetimes: Mapping[PaymentSource, timedelta],
        observer: Observer,
    ) -> None:
        self._connections = Connections(engine)
        self._do = do
        self._clocks = clocks
        self._brake = brake
        self._restores = restores
        self._expired = all_expired(lifetimes)
        self._observer = observer
        self._hold: Hold | None = None

    async def sweep(self) -> int:
        """End what has expired; returns how many commands were run.

        None, where the database's clock does not agree with ours, where no call may be answered, and while another
        process sweeps.
        """
        try:
            await self._restores.admit()
        except TryAgain:
            return 0
        commands = 0
        for kind in self._expired:
            place: Place | None = BEGINNING
            while place is not None:
                page = await self._sweep_page(kind, place)
                commands += page.commands
                if page.is_over:
                    return commands
                place = page.next
        return commands

    async def _sweep_page(self, kind: Expired, after: Place) -> _Swept:
        async with self._connections.alone(SWEEP_KEY, PAGE_MAX_SECONDS) as connection:
            if connection is None:
                return _Swept(0, is_over=True)
            await connection.rows(set_locally(SWEEP_SETTINGS), ())
            now = await self._now(connection)
            if now is None or await self._is_held(connection, now):
                return _Swept(0, is_over=True)
            found = await kind.page(connection, now, after, PAGE_MAX_COMMANDS, self._restores.reconciled_from)
            for start in range(0, len(found), CHUNK_MAX_COMMANDS):
                if start and await self._now(connection) is None:
                    return _Swept(start, is_over=True)
                chunk = found[start : start + CHUNK_MAX_COMMANDS]
                if not await self._run_chunk([one.command for one in chunk]):
                    return _Swept(start + len(chunk), is_over=True)
        return _Swept(len(found), next=found[-1].place if len(found) == PAGE_MAX_COMMANDS else None)

    async def _run_chunk(self, commands: Sequence[SweepCommand]) -> bool:
        """Run them, and leave the core to others for as long. Returns whether there is room for more."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = await asyncio.gather(*(self._do(command) for command in commands), return_exceptions=True)
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, Exception) and not isinstance(answer, TryAgain):
                # the others must not wait for it
                log.error("sweep command failed", extra=_named(command), exc_info=answer)
        await asyncio.sleep(min(loop.time() - began, CHUNK_PAUSE_MAX_SECONDS))
        return not any(isinstance(answer, Overloaded) for answer in answers)

    async def _now(self, connection: PooledConnection) -> datetime | None:
        """Return the moment up to which everything may be ended; None where nothing may."""
        moment = self._clocks.moment()
        if not self._restores.may_answer or await self._clocks.compare(connection, moment) < ClockTrust.EVERYTHING:
            return None
        return self._brake.slowed(moment.now)

    async def _is_held(self, connection: PooledConnection, now: datetime) -> bool:
        """Return whether nothing at all may be ended, and say so. After a jump everything else is."""
        is_backlog = await self._is_backlog(connection, now)
        self._note_hold("backlog" if is_backlog else "clock_jump" if self._brake.jump else None)
        return is_backlog

    async def _is_backlog(self, connection: PooledConnection, now: datetime) -> bool:
        """Return whether the process has just begun, and very much had expired before it did."""
        if self._brake.seconds_since_start >= BACKLOG_WAIT_SECONDS:
            return False
        before, most, found = min(now, self._brake.began), BACKLOG_MAX_COMMANDS + 1, 0
        for kind in self._expired:
            found += len(await kind.page(connection, before, BEGINNING, most, self._restores.reconciled_from))
        return found > BACKLOG_MAX_COMMANDS

    def _note_hold(self, hold: Hold | None) -> None:
        """Log a change of this once, not with every chunk."""
        if hold == self._hold:
            return
        self._hold = hold
        self._observer.sweep_held(hold)
        if hold is None:
            log.warning("sweep goes on")
        else:
            jump_seconds = round(self._brake.jump.total_seconds())
            log.error("sweep held back", extra={"reason": hold, "jump_seconds": jump_seconds, "hint": HINTS[hold]})


def _named(command: SweepCommand) -> dict[str, object]:
    """Name what a command is about, for the log."""
    ref = command.payment if isinstance(command, ExpirePayment) else command.order
    shop, test = split(ref.shop)
    return {"command": type(command).__name__, "shop": shop, "test": test, "account": ref.account}

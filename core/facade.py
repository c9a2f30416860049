"""The facade is the core as its callers see it: commands, checks and reports on one database."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, Uptime, uptime_beside, wall_clock
from core.clock_comparison import ClockComparison, DatabaseClock, database_now
from core.commit.group_commit import GroupCommit
from core.commit.scheduler import BATCH_MAX_COMMANDS, CommandScheduler
from core.db.connection import Connections
from core.domain.answers import Allowed, Answer, Cursor, OrderPage, PaymentPage, Refused, Shown, StatementLine
from core.domain.commands import Check, Command, OrderRef
from core.domain.periods import Periods
from core.jobs.expiry_sweeper import ExpirySweeper
from core.jobs.jump_brake import JumpBrake
from core.observer import NullObserver, Observer
from core.reads.payability import PayabilityChecks
from core.reads.reports import Reports, Take, take_all
from core.reads.search import Search
from core.reads.timeline import TIMELINE_ENTRIES, Timeline, Timelines
from core.restores import Restores
from schema.values import OrderState, Provider


class Core:
    """Runs commands, checks and reports. Every method may raise `TryAgain`: the same call again makes sure.

    Nothing is answered from a database that was restored and is not in use yet: it would deny what it has lost.
    """

    def __init__(
        self,
        payments: AsyncEngine,
        reports: AsyncEngine,
        *,
        clock: Clock = wall_clock,
        database_clock: DatabaseClock = database_now,
        uptime: Uptime | None = None,
        observer: Observer | None = None,
        periods: Periods | None = None,
        batch: int = BATCH_MAX_COMMANDS,
    ) -> None:
        """`payments` and `reports`: two pools of one database, so that a long report never keeps a payment waiting.

        `database_clock`: what the clock is compared with. Only who gives another clock may have to give another of it.
        `uptime`: the machine's, where nothing else is given; a clock of the caller's own goes without jumps then.
        """
        observer = observer or NullObserver()
        periods = periods or Periods()
        connections = Connections(payments)
        self.clocks = clocks = ClockComparison(clock, database_clock, observer)
        self.restores = restores = Restores(payments)
        group_commit = GroupCommit(connections, clocks, restores, periods, observer)
        self._scheduler = CommandScheduler(group_commit, observer, batch=batch)
        self._checks = PayabilityChecks(connections, clocks, restores, periods, observer)
        self._reports = Reports(reports, clock, periods)
        self._timelines = Timelines(reports)
        brake = JumpBrake(clock, uptime or uptime_beside(clock))
        self.sweeper = ExpirySweeper(reports, self.do, clocks, brake, restores, periods.lifetimes, observer)

    async def do(self, command: Command) -> Answer:
        """Decide the command under its order's lock, and answer once that is durable."""
        if not self.restores.may_answer:
            await self.restores.admit()
        return await self._scheduler.do(command)

    def admit_new_payment(self) -> None:
        """Raise Overloaded where a new payment should not be begun now, so that those under way can be finished."""
        self._scheduler.admit(new_payment=True)

    @property
    def waiting_commands(self) -> int:
        """How many commands wait for a transaction or are in one."""
        return self._scheduler.in_flight

    async def check(self, command: Check) -> Allowed | Refused:
        """Decide, without locks, whether an order could be paid now. An allowed order comes with its details."""
        await self.restores.admit()
        self.admit_new_payment()  # a payment that could not be opened afterwards should not be allowed
        return await self._checks.check(command)

    async def order(self, ref: OrderRef) -> Shown | None:
        await self.restores.admit()
        return await self._reports.order(ref)

    async def orders(
        self, shop: str, state: OrderState | None, limit: int, after: Cursor | None, take: Take = take_all
    ) -> OrderPage:
        """List orders, newest first. `after`: the `next` of the page before."""
        await self.restores.admit()
        return await self._reports.orders(shop, state, limit, after, take)

    async def found(self, search: Search, limit: int, after: Cursor | None, take: Take = take_all) -> OrderPage:
        """List the orders that are looked for, newest first. `after`: the `next` of the page before."""
        await self.restores.admit()
        return await self._reports.found(search, limit, after, take)

    async def payments(self, ref: OrderRef, limit: int, after: Cursor | None) -> PaymentPage | None:
        """List an order's payments, newest first. `after`: the `next` of the page before."""
        await self.restores.admit()
        return await self._reports.payments(ref, limit, after)

    async def timeline(
        self, ref: OrderRef, mask: Callable[[str], str], *, bodies: bool = False, limit: int = TIMELINE_ENTRIES
    ) -> Timeline | None:
        """Tell what became of an order; None if there is none. `mask`: what the journal does to accounts and ids."""
        await self.restores.admit()
        return await self._timelines.read(ref, mask, bodies=bodies, limit=limit)

    async def statement(
        self, shop: str, provider: Provider, since: datetime, until: datetime
    ) -> AsyncGenerator[list[StatementLine], None]:
        """Page through the payments that the provider opened between two moments, both inclusive, by its own time."""
        await self.restores.admit()
        async with aclosing(self._reports.statement(shop, provider, since, until)) as pages:
            async for page in pages:
                yield page

    async def close(self) -> None:
        """Wait for the commands under way."""
        self.restores.close()
        await self._scheduler.close()

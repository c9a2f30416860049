"""The core as its users see it: commands, checks and reports over one set of books."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock, wall_clock
from core.commit.group_commit import GroupCommit
from core.commit.scheduler import BATCH_MAX_COMMANDS, CommandScheduler
from core.db.connection import Connections
from core.domain.answers import Allowed, Answer, Page, Refused, Shown, StatementLine
from core.domain.commands import Check, Command, OrderRef
from core.domain.lifetime import CLICK_RESERVATION, lifetimes
from core.jobs.expiry_sweeper import ExpirySweeper
from core.observer import Observer, Silent
from core.reads.payability import PayabilityChecks
from core.reads.reports import Reports
from schema.values import OrderState, Provider


class Core:
    """Every method may raise `TryAgain`: nothing certain can be said now, and asking again settles it."""

    def __init__(
        self,
        payments: AsyncEngine,
        reports: AsyncEngine,
        *,
        clock: Clock = wall_clock,
        observer: Observer | None = None,
        click_reservation: timedelta = CLICK_RESERVATION,
        batch: int = BATCH_MAX_COMMANDS,
    ) -> None:
        """`payments` and `reports`: two pools of one database, so that a long report never keeps a payment waiting."""
        observer = observer or Silent()
        alive = lifetimes(click_reservation)
        driver = Connections(payments)
        self._lanes = CommandScheduler(GroupCommit(driver, clock, alive, observer), observer, batch=batch)
        self._checks = PayabilityChecks(driver, clock, alive, observer)
        self._reports = Reports(reports)
        self.sweeper = ExpirySweeper(reports, self.do, clock, alive, observer)

    async def do(self, command: Command) -> Answer:
        """Decide the command under its order's lock; answered once it is durable."""
        return await self._lanes.do(command)

    def is_overloaded(self) -> bool:
        """Whether somebody who comes now should be told to try again, so that others can be served."""
        return self._lanes.is_overloaded(new_payment=True)

    async def check(self, command: Check) -> Allowed | Refused:
        """Whether an order could be paid now, without locks; an allowed order comes with its details."""
        self._lanes.admit(new_payment=True)  # who could not be served afterwards should not be let in
        return await self._checks.check(command)

    async def order(self, where: OrderRef) -> Shown | None:
        return await self._reports.order(where)

    async def orders(self, shop: str, state: OrderState | None, limit: int, after: tuple[datetime, int] | None) -> Page:
        """Newest first; `after`: the `next` of the page before."""
        return await self._reports.orders(shop, state, limit, after)

    def statement(
        self, shop: str, provider: Provider, since: datetime, until: datetime
    ) -> AsyncGenerator[list[StatementLine], None]:
        """Pages of what the provider opened between two moments, both inclusive, by its own time, oldest first."""
        return self._reports.statement(shop, provider, since, until)

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._lanes.close()

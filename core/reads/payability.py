"""Payability checks whether orders could be paid now: without locks, many checks in one statement."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from core.clock_comparison import ClockComparison, Moment
from core.db.connection import Connections
from core.db.errors import db_error_of
from core.db.rows import PAYMENT_SOURCES, PAYMENT_STATES, details_from, order_from
from core.db.statement import statement
from core.domain.answers import Allowed, Refused
from core.domain.clock_reliance import relies_on_clock
from core.domain.clock_trust import ClockTrust
from core.domain.commands import Check
from core.domain.errors import ClockDisagrees, Overloaded, TryAgain
from core.domain.open_payment import check
from core.domain.periods import Periods
from core.domain.records import Payment
from core.domain.transition import Decision
from core.domain.unit_of_work import UnitOfWork
from core.observer import Observer
from core.restores import Restores

CHECK: Final = statement(__package__, "check")

DEADLINE_SECONDS: Final = 4.0
"""A caller waits so long at most."""

BATCH_MAX_CHECKS: Final = 64
"""In one statement: it must not take so long that the next callers notice."""

QUEUE_MAX_CHECKS: Final = 2_000
"""That wait. Any more get the try-again answer at once."""

READ_MAX_TRIES: Final = 3
"""A read may always be run again, on a fresh connection if the first was broken."""

CheckAnswer = Allowed | Refused


class PayabilityChecks:
    """Answers CheckPerform, which promises nothing and so needs no locks."""

    def __init__(
        self,
        connections: Connections,
        clocks: ClockComparison,
        restores: Restores,
        periods: Periods,
        observer: Observer,
    ) -> None:
        self._connections = connections
        self._clocks = clocks
        self._restores = restores
        self._periods = periods
        self._observer = observer
        self._queue: list[tuple[Check, asyncio.Future[CheckAnswer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def check(self, command: Check) -> CheckAnswer:
        """Return the answer, with the order's details. Raises TryAgain when the database gives no answer in time."""
        if len(self._queue) >= QUEUE_MAX_CHECKS:
            self._observer.overloaded()
            raise Overloaded
        loop = asyncio.get_running_loop()
        future: asyncio.Future[CheckAnswer] = loop.create_future()
        timer = loop.call_later(DEADLINE_SECONDS, _time_out, future)
        self._queue.append((command, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        try:
            return await future
        finally:
            timer.cancel()

    async def _run(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:BATCH_MAX_CHECKS], self._queue[BATCH_MAX_CHECKS:]
            waiting = [(command, future) for command, future in batch if not future.done()]
            try:
                work = await self._read([command for command, _ in waiting])
            except Exception as error:
                for _, future in waiting:
                    if not future.done():
                        future.set_exception(error)
                continue
            moment = self._clocks.moment()
            decided = [(command, _decide(work, command, moment.now), future) for command, future in waiting]
            trust = self._clocks.trust
            if work.relies_on_clock:
                trust = await self._compare(moment)
            for command, decision, future in decided:
                self._resolve(work, command, decision, trust, future)

    async def _compare(self, moment: Moment) -> ClockTrust:
        try:
            async with self._connections.autocommit() as connection:
                return await self._clocks.compare(connection, moment)
        except Exception as error:
            self._observer.database_error(db_error_of(error).kind)
            return ClockTrust.OPENINGS

    def _resolve(
        self,
        work: UnitOfWork,
        command: Check,
        decision: Decision | Exception,
        trust: ClockTrust,
        future: asyncio.Future[CheckAnswer],
    ) -> None:
        """Resolve the caller of one check. One that cannot be decided harms no other."""
        if future.done():
            return
        if isinstance(decision, Exception):
            future.set_exception(decision)
            return
        answer = decision.answer
        assert isinstance(answer, Allowed | Refused)
        needed = ClockTrust.EVERYTHING if relies_on_clock(work, command, decision) else ClockTrust.OPENINGS
        if trust < needed and (isinstance(answer, Allowed) or needed is ClockTrust.EVERYTHING):
            future.set_exception(ClockDisagrees())
            return
        future.set_result(answer)
        if isinstance(answer, Refused):
            self._observer.refused(answer.refusal, command.order.shop)

    async def _read(self, commands: Sequence[Check]) -> UnitOfWork:
        for number in range(READ_MAX_TRIES):
            try:
                return await self._read_once(commands)
            except Exception as error:
                db_error = db_error_of(error)
                self._observer.database_error(db_error.kind)
                if db_error.bug:
                    raise
            if number + 1 < READ_MAX_TRIES:
                await asyncio.sleep(0.1 * 4**number)
        raise TryAgain

    async def _read_once(self, commands: Sequence[Check]) -> UnitOfWork:
        refs = [command.order for command in commands]
        async with self._connections.autocommit() as connection:
            rows = await CHECK.on(
                connection, {"shop": [order.shop for order in refs], "account": [order.account for order in refs]}
            )
        work = UnitOfWork(self._periods, reconciled_from=self._restores.reconciled_from)
        for row in rows:
            order = order_from(row)._replace(details=details_from(row))
            work.add_rows([order], [] if row["holder_id"] is None else [_holder_from(row)])
        return work


def _decide(work: UnitOfWork, command: Check, now: datetime) -> Decision | Exception:
    try:
        decision = check(work, command, now)
    except Exception as error:
        return error
    if relies_on_clock(work, command, decision):
        work.rely_on_clock()
    return decision


def _time_out(future: "asyncio.Future[CheckAnswer]") -> None:
    if not future.done():
        future.set_exception(TryAgain())


def _holder_from(row: Any) -> Payment:
    return Payment(
        id=row["holder_id"],
        order_id=row["id"],
        shop=row["shop"],
        provider=PAYMENT_SOURCES[row["holder_provider"]],
        external_id=row["holder_external_id"],
        amount=row["holder_amount"],
        state=PAYMENT_STATES[row["holder_state"]],
        reason=row["holder_reason"],
        opened_at=row["holder_opened_at"],
        created_at=row["holder_created_at"],
    )

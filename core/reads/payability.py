"""Whether orders could be paid now: asked without locks, those who ask together in one statement."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from core.clock import Clock
from core.db.connection import Driver
from core.db.errors import fault_of
from core.db.rows import PAYMENT_STATES, PROVIDERS, details_from, order_from
from core.db.statement import statement
from core.domain.answers import Allowed, Refused
from core.domain.commands import Check
from core.domain.errors import Crowded, TryAgain
from core.domain.open_payment import check
from core.domain.unit_of_work import Books, Payment
from core.observer import Observer
from schema.values import Provider

CHECK: Final = statement(__package__, "check")

DEADLINE: Final = 4.0
"""Seconds that a caller waits at most."""

BATCH: Final = 64
MOST_WAITING: Final = 2_000
RUNS: Final = 3
"""A read may always be run again; a broken connection is then a fresh one."""

Verdict = Allowed | Refused


class Checks:
    """Answers CheckPerform. It promises nothing to anybody, so it may look at the books without holding them."""

    def __init__(
        self, driver: Driver, clock: Clock, lifetimes: Mapping[Provider, timedelta], observer: Observer
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._lifetimes = lifetimes
        self._observer = observer
        self._queue: list[tuple[Check, asyncio.Future[Verdict]]] = []
        self._task: asyncio.Task[None] | None = None

    async def check(self, command: Check) -> Verdict:
        """The verdict, with the order's details. Raises TryAgain when the database can't say in time."""
        if len(self._queue) >= MOST_WAITING:
            self._observer.trouble("overload")
            raise Crowded
        loop = asyncio.get_running_loop()
        verdict: asyncio.Future[Verdict] = loop.create_future()
        timer = loop.call_later(DEADLINE, _give_up, verdict)
        self._queue.append((command, verdict))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        try:
            return await verdict
        finally:
            timer.cancel()

    async def _run(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
            asked = [(command, verdict) for command, verdict in batch if not verdict.done()]
            try:
                books = await self._read([command for command, _ in asked])
            except Exception as error:
                for _, verdict in asked:
                    if not verdict.done():
                        verdict.set_exception(error)
                continue
            for command, verdict in asked:
                self._answer(books, command, verdict)

    def _answer(self, books: Books, command: Check, verdict: asyncio.Future[Verdict]) -> None:
        """What cannot be decided harms only its own caller."""
        try:
            answer = check(books, command, self._clock()).answer
            assert isinstance(answer, Allowed | Refused)
        except Exception as error:
            if not verdict.done():
                verdict.set_exception(error)
            return
        if not verdict.done():
            verdict.set_result(answer)
        if isinstance(answer, Refused):
            self._observer.refused(answer.refusal)

    async def _read(self, commands: Sequence[Check]) -> Books:
        for run in range(RUNS):
            try:
                return await self._read_once(commands)
            except Exception as error:
                fault = fault_of(error)
                self._observer.trouble(fault.kind)
                if fault.bug:
                    raise
            if run + 1 < RUNS:
                await asyncio.sleep(0.1 * 4**run)
        raise TryAgain

    async def _read_once(self, commands: Sequence[Check]) -> Books:
        where = [command.order for command in commands]
        async with self._driver.reading() as connection:
            rows = await CHECK.on(
                connection, {"shop": [order.shop for order in where], "account": [order.account for order in where]}
            )
        books = Books(self._lifetimes)
        for row in rows:
            order = order_from(row)._replace(details=details_from(row))
            books.read([order], [] if row["holder_id"] is None else [_holder(row)])
        return books


def _give_up(verdict: "asyncio.Future[Verdict]") -> None:
    if not verdict.done():
        verdict.set_exception(TryAgain())


def _holder(row: Any) -> Payment:
    return Payment(
        id=row["holder_id"],
        order_id=row["id"],
        shop=row["shop"],
        provider=PROVIDERS[row["holder_provider"]],
        external_id=row["holder_external_id"],
        amount=row["holder_amount"],
        state=PAYMENT_STATES[row["holder_state"]],
        reason=row["holder_reason"],
        opened_at=row["holder_opened_at"],
        created_at=row["holder_created_at"],
    )

"""Who waits where: the batch, a lane for each held order, and the way back from failures.

Commands that arrive while a transaction is under way wait in a queue; the next transaction takes all of them (bounded).
One command alone goes at once: no timer, no added wait.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from core.commit.group_commit import CommitUnknownError, GroupCommit, HeldError
from core.commit.pending_command import PendingCommand
from core.correlation import correlation_id
from core.db.errors import LOCK_TIMEOUT, DbError, db_error_of
from core.domain.answers import Answer
from core.domain.commands import Attempt, Command, OpenOrder
from core.domain.errors import Overloaded, TryAgain
from core.observer import Observer

DEADLINE_SECONDS: Final = 4.0
"""Seconds that a caller waits at most. Longer than the database's own timeouts, shorter than a provider's patience."""

BATCH_MAX_COMMANDS: Final = 256
"""Commands in one transaction. So many come together only under more load than can be served, when a smaller one would
take as long; and a failing one is run again one by one."""

LANES_MAX: Final = 8
"""Transactions beside the batch that may wait for a row, or run a failed batch's commands one by one."""

IN_FLIGHT_MAX_COMMANDS: Final = 2_000
NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS: Final = 1_000
"""Commands that wait or are worked on. What is over it gets the try-again answer at once."""

QUEUE_WAIT_MAX_SECONDS: Final = 2.5
NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS: Final = 1.0
"""When the first in the queue has waited so long, a command that comes now would wait longer than its deadline, or make
others do so: it gets the try-again answer at once. New payments sooner, so that what is begun can be finished."""

NEW_PAYMENTS: Final = (Attempt, OpenOrder)
"""Commands that begin something; CheckPerform is another, which does not come through here."""

GATHER_MAX_TURNS: Final = 8
"""Of the event loop between two batches. Those who have just been answered come again meanwhile, and more commands
share the next transaction; it is a tenth of a millisecond when there is nothing else to do."""

BATCH_FULL_COMMANDS: Final = 64
"""Commands for which nobody waits for more: then there is much to do, and a turn is long."""

RETRY_PAUSE_SECONDS: Final = 0.1
"""Seconds before the same is run again; the second time four times as long. Together shorter than the deadline."""


class CommandScheduler:
    """Runs commands. One batch is in flight at a time (two were measured to be as good as one, three worse).

    A batch never waits for a row: commands for an order that somebody else holds go to a lane of that order, whose
    transactions do wait, within the lock timeout. So one held row delays only its own callers.
    """

    def __init__(self, transactions: GroupCommit, observer: Observer, *, batch: int = BATCH_MAX_COMMANDS) -> None:
        self._transactions = transactions
        self._observer = observer
        self._batch = batch
        self._queue: deque[PendingCommand] = deque()
        self._lanes: dict[int, list[PendingCommand]] = {}
        """By order: commands that wait until somebody else lets it go. Present as long as its lane runs."""
        self._free_lanes = asyncio.Semaphore(LANES_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._in_flight = 0

    async def do(self, command: Command) -> Answer:
        """The command's answer, once it is durable. Raises TryAgain when nothing certain can be said in time."""
        self.admit(new_payment=isinstance(command, NEW_PAYMENTS))
        loop = asyncio.get_running_loop()
        pending = PendingCommand(command, correlation_id.get(), loop.time() + DEADLINE_SECONDS, loop.create_future())
        timer = loop.call_at(pending.deadline, pending.give_up)
        self._count(+1)
        self._queue.append(pending)
        if not self._running:
            self._running = True
            self._start(self._run())
        try:
            return await pending.answer
        finally:
            timer.cancel()
            self._count(-1)

    def admit(self, *, new_payment: bool) -> None:
        """Raise Overloaded when there is more to do than can be done in time."""
        if self.is_overloaded(new_payment=new_payment):
            raise Overloaded

    def is_overloaded(self, *, new_payment: bool) -> bool:
        longest_wait, most = QUEUE_WAIT_MAX_SECONDS, IN_FLIGHT_MAX_COMMANDS
        if new_payment:
            longest_wait, most = NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS, NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS
        now = asyncio.get_running_loop().time()
        late = self._queue and now > self._queue[0].deadline - DEADLINE_SECONDS + longest_wait
        if late or self._in_flight >= most:
            self._observer.overloaded()
            return True
        return False

    async def close(self) -> None:
        """Wait for what is under way. Every command has a deadline, so this ends."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self) -> None:
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
                await self._run_batch([pending for pending in batch if not pending.answer.done()])
                await self._gather()
        finally:
            self._running = False

    async def _gather(self) -> None:
        for _ in range(GATHER_MAX_TURNS):
            if len(self._queue) >= BATCH_FULL_COMMANDS:
                return
            await asyncio.sleep(0)

    async def _run_batch(self, batch: Sequence[PendingCommand], lane: int | None = None) -> None:
        """One transaction for the batch. What it can't do goes to a lane of its own.

        `lane`: the order whose lane this is; only there a transaction waits for a row.
        """
        if not batch:
            return
        held: Sequence[tuple[PendingCommand, int]] = ()
        try:
            held = await self._transactions.run(batch, wait=lane is not None)
        except CommitUnknownError as lost:
            held = lost.held
            self._start(self._resolve_unknown_commit(lost))
        except HeldError as busy:
            held = list(busy.held.items())
            await self._run_batch([pending for pending in batch if pending not in busy.held])
        except Exception as error:
            db_error = self._observed(error)
            if lane is not None and db_error is LOCK_TIMEOUT:
                self._retry_in_lane(lane, batch)
            else:
                self._start(self._run_one_by_one(batch, db_error, error))
        for pending, order_id in held:
            self._enter_lane(order_id, pending)

    def _enter_lane(self, order_id: int, pending: PendingCommand) -> None:
        if order_id in self._lanes:
            self._lanes[order_id].append(pending)
        else:
            self._lanes[order_id] = [pending]
            self._start(self._run_lane(order_id))

    def _retry_in_lane(self, order_id: int, batch: Sequence[PendingCommand]) -> None:
        """Together, as before: alone each would take a lane, and the held row would delay others' callers."""
        for pending in batch:
            if pending.lock_timed_out_once:
                pending.fail(TryAgain())
            else:
                pending.lock_timed_out_once = True
                self._enter_lane(order_id, pending)

    async def _run_lane(self, order_id: int) -> None:
        """Serve those who wait for one order, together, until nobody does."""
        try:
            async with self._free_lanes:
                while batch := self._lanes[order_id][: self._batch]:
                    del self._lanes[order_id][: self._batch]
                    await self._run_batch([pending for pending in batch if not pending.answer.done()], order_id)
        finally:
            del self._lanes[order_id]

    async def _run_one_by_one(self, batch: Sequence[PendingCommand], db_error: DbError, error: Exception) -> None:
        """A batch failed: each command in a transaction of its own, so that one poisoned command harms nobody else."""
        runs = 0 if len(batch) > 1 else 1
        await asyncio.gather(*(self._run_alone(pending, db_error, error, runs) for pending in batch))

    async def _run_alone(self, pending: PendingCommand, db_error: DbError, error: Exception, runs: int) -> None:
        """Run one command again for as long as its last fault allows it and its caller waits."""
        while not pending.answer.done():
            if runs > db_error.retries:
                pending.fail(error if db_error.bug else TryAgain())
                return
            if runs > 0:
                await asyncio.sleep(RETRY_PAUSE_SECONDS * 4 ** (runs - 1))
            runs += 1
            try:
                async with self._free_lanes:
                    if not pending.answer.done():
                        held = await self._transactions.run([pending], wait=True)
                        assert not held, "a transaction that waits finds nothing busy"
                return
            except CommitUnknownError as lost:
                await self._resolve_unknown_commit(lost)
                return
            except Exception as latest:
                db_error, error = self._observed(latest), latest

    async def _resolve_unknown_commit(self, lost: CommitUnknownError) -> None:
        """Nobody knows whether the batch was committed: ask, and answer as decided or run it again. Never "failed"."""
        self._observer.database_error("commit_unknown")
        batch = [pending for pending, _ in lost.answers]
        pause = RETRY_PAUSE_SECONDS / 2
        while any(not pending.answer.done() for pending in batch):
            try:
                async with self._free_lanes:
                    committed = await self._transactions.was_committed(lost, batch)
            except Exception as error:
                self._observed(error)
                await asyncio.sleep(pause)
                pause *= 2
                continue
            if committed:
                self._transactions.deliver(lost.transitions, lost.answers)
            else:
                await self._run_one_by_one(batch, DbError("commit_unknown", 2), lost)
            return

    def _observed(self, error: Exception) -> DbError:
        db_error = db_error_of(error)
        self._observer.database_error(db_error.kind)
        return db_error

    def _count(self, change: int) -> None:
        self._in_flight += change
        self._observer.queued(self._in_flight)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

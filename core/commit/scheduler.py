"""The scheduler decides which transaction a command is in: the batch, a blocked order's lane, or a retry of its own.

Commands that arrive while a transaction is under way wait in a queue; the next transaction takes all of them (bounded).
One command alone goes at once: no timer, no added wait.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from core.commit.group_commit import BlockedError, CommitUnknownError, GroupCommit
from core.commit.lost_races import LostRaces
from core.commit.pending_command import PendingCommand
from core.correlation import correlation_id
from core.db.errors import LOCK_TIMEOUT, LOST_RACE, DbError, db_error_of
from core.domain.answers import Answer
from core.domain.commands import Attempt, Command, OpenOrder
from core.domain.errors import Overloaded, TryAgain
from core.observer import Observer

DEADLINE_SECONDS: Final = 4.0
"""A caller waits so long at most: longer than the database's own timeouts, shorter than a provider waits for us."""

BATCH_MAX_COMMANDS: Final = 256
"""In one transaction. So many come together only under more load than can be served, when a smaller batch would take
as long; and a failing one is run again one by one."""

SIDE_TRANSACTIONS_MAX: Final = 8
"""Transactions beside the batch: lanes that wait for a row, commands of a failed batch, COMMITs that are unknown."""

IN_FLIGHT_MAX_COMMANDS: Final = 2_000
NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS: Final = 1_000
"""Commands that wait or are worked on. Any more get the try-again answer at once."""

QUEUE_WAIT_MAX_SECONDS: Final = 2.5
NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS: Final = 1.0
"""When the first in the queue has waited so long, a command that comes now would miss its deadline, or make others miss
theirs: it gets the try-again answer at once. New payments get it sooner, so that what is begun can be finished."""

NEW_PAYMENTS: Final = (Attempt, OpenOrder)
"""Commands that begin something; CheckPerform is another, which does not come through here."""

GATHER_MAX_TURNS: Final = 8
"""Turns of the event loop between two batches. Callers that were just answered come again meanwhile, and more commands
share the next transaction; it is a tenth of a millisecond when there is nothing else to do."""

BATCH_FULL_COMMANDS: Final = 64
"""With so many there is no waiting for more: there is much to do then, and a turn is long."""

RETRY_PAUSE_SECONDS: Final = 0.1
"""Before a command is run again; the second time four times as long. Together shorter than the deadline."""


class CommandScheduler:
    """Runs commands. One batch is in flight at a time (decision 45).

    A batch never waits for a row: commands for an order that another transaction has locked go to the lane of that
    order, whose transactions do wait, within the lock timeout. So one locked row delays only its own callers.
    """

    def __init__(self, group_commit: GroupCommit, observer: Observer, *, batch: int = BATCH_MAX_COMMANDS) -> None:
        self._group_commit = group_commit
        self._observer = observer
        self._lost_races = LostRaces()
        self._batch_max_commands = batch
        self._queue: deque[PendingCommand] = deque()
        self._lanes: dict[int, list[PendingCommand]] = {}
        """By blocked order: the commands that wait for it. Present as long as its lane runs."""
        self._side_transactions = asyncio.Semaphore(SIDE_TRANSACTIONS_MAX)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._in_flight = 0

    async def do(self, command: Command) -> Answer:
        """Return the command's answer once it is durable. Raises TryAgain when nothing certain can be said in time."""
        self.admit(new_payment=isinstance(command, NEW_PAYMENTS))
        loop = asyncio.get_running_loop()
        pending = PendingCommand(command, correlation_id.get(), loop.time() + DEADLINE_SECONDS, loop.create_future())
        timer = loop.call_at(pending.deadline, pending.time_out)
        self._count_in_flight(+1)
        self._queue.append(pending)
        if not self._running:
            self._running = True
            self._start_task(self._run_queue())
        try:
            return await pending.answer
        finally:
            timer.cancel()
            self._count_in_flight(-1)

    def admit(self, *, new_payment: bool) -> None:
        """Raise Overloaded, and count it, when there is more to do than can be done in time."""
        queue_wait_max, in_flight_max = QUEUE_WAIT_MAX_SECONDS, IN_FLIGHT_MAX_COMMANDS
        if new_payment:
            queue_wait_max, in_flight_max = NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS, NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS
        now = asyncio.get_running_loop().time()
        waits_too_long = self._queue and now > self._queue[0].deadline - DEADLINE_SECONDS + queue_wait_max
        if waits_too_long or self._in_flight >= in_flight_max:
            self._observer.overloaded()
            raise Overloaded

    @property
    def in_flight(self) -> int:
        """How many commands wait for a transaction or are in one."""
        return self._in_flight

    async def close(self) -> None:
        """Wait for the commands under way. Every one has a deadline, so this ends."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run_queue(self) -> None:
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(self._batch_max_commands, len(self._queue)))]
                await self._run_batch([pending for pending in batch if not pending.answer.done()])
                await self._wait_for_more()
        finally:
            self._running = False

    async def _wait_for_more(self) -> None:
        for _ in range(GATHER_MAX_TURNS):
            if len(self._queue) >= BATCH_FULL_COMMANDS:
                return
            await asyncio.sleep(0)

    async def _run_batch(self, batch: Sequence[PendingCommand], lane: int | None = None) -> None:
        """Run the batch in one transaction; its blocked commands go to the lanes of their orders.

        `lane`: the order whose lane this is; only there a transaction waits for a row.
        """
        if not batch:
            return
        blocked: Sequence[tuple[PendingCommand, int]] = ()
        try:
            blocked = await self._group_commit.run(batch, wait=lane is not None)
        except CommitUnknownError as unknown:
            blocked = unknown.blocked
            self._start_task(self._resolve_unknown_commit(unknown))
        except BlockedError as error:
            blocked = list(error.blocked.items())
            await self._run_batch([pending for pending in batch if pending not in error.blocked])
        except Exception as error:
            db_error = self._classify(error, batch)
            if lane is not None and db_error is LOCK_TIMEOUT:
                self._retry_in_lane(lane, batch)
            else:
                self._start_task(self._run_one_by_one(batch, db_error, error))
        for pending, order_id in blocked:
            self._enter_lane(order_id, pending)

    def _enter_lane(self, order_id: int, pending: PendingCommand) -> None:
        if order_id in self._lanes:
            self._lanes[order_id].append(pending)
        else:
            self._lanes[order_id] = [pending]
            self._start_task(self._run_lane(order_id))

    def _retry_in_lane(self, order_id: int, batch: Sequence[PendingCommand]) -> None:
        """Wait once more, together: alone, each would take a transaction, and one locked row would delay others."""
        for pending in batch:
            if pending.lock_timed_out_once:
                pending.fail(TryAgain())
            else:
                pending.lock_timed_out_once = True
                self._enter_lane(order_id, pending)

    async def _run_lane(self, order_id: int) -> None:
        """Run the commands that wait for one order, together, until there are none."""
        try:
            async with self._side_transactions:
                while batch := self._lanes[order_id][: self._batch_max_commands]:
                    del self._lanes[order_id][: self._batch_max_commands]
                    await self._run_batch([pending for pending in batch if not pending.answer.done()], order_id)
        finally:
            del self._lanes[order_id]

    async def _run_one_by_one(self, batch: Sequence[PendingCommand], db_error: DbError, error: Exception) -> None:
        """Run each command of a failed batch in a transaction of its own, so that one that fails harms no other."""
        runs = 0 if len(batch) > 1 else 1
        await asyncio.gather(*(self._run_alone(pending, db_error, error, runs) for pending in batch))

    async def _run_alone(self, pending: PendingCommand, db_error: DbError, error: Exception, runs: int) -> None:
        """Run one command again for as long as its last error allows it and its caller waits."""
        while not pending.answer.done():
            if runs > db_error.retries:
                pending.fail(error if db_error.bug else TryAgain())
                return
            if runs > 0:
                await asyncio.sleep(RETRY_PAUSE_SECONDS * 4 ** (runs - 1))
            runs += 1
            try:
                async with self._side_transactions:
                    if not pending.answer.done():
                        blocked = await self._group_commit.run([pending], wait=True)
                        assert not blocked, "a transaction that waits for rows has no blocked commands"
                return
            except CommitUnknownError as unknown:
                await self._resolve_unknown_commit(unknown)
                return
            except Exception as latest:
                db_error, error = self._classify(latest, [pending]), latest

    async def _resolve_unknown_commit(self, unknown: CommitUnknownError) -> None:
        """Look whether the batch was committed: answer as decided, or run it again. Never answer "failed"."""
        self._observer.database_error("commit_unknown")
        batch = [pending for pending, _ in unknown.answers]
        pause = RETRY_PAUSE_SECONDS / 2
        while any(not pending.answer.done() for pending in batch):
            try:
                async with self._side_transactions:
                    committed = await self._group_commit.was_committed(unknown, batch)
            except Exception as error:
                self._classify(error, batch)
                await asyncio.sleep(pause)
                pause *= 2
                continue
            if committed:
                self._group_commit.resolve_batch(unknown.transitions, unknown.answers)
            else:
                await self._run_one_by_one(batch, DbError("commit_unknown", 2), unknown)
            return

    def _classify(self, error: Exception, batch: Sequence[PendingCommand]) -> DbError:
        """Name the error, and count it."""
        db_error = db_error_of(error)
        if db_error is LOST_RACE:
            self._lost_races.note(error, [pending.command for pending in batch])
        self._observer.database_error(db_error.kind)
        return db_error

    def _count_in_flight(self, change: int) -> None:
        self._in_flight += change
        self._observer.queued(self._in_flight)

    def _start_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

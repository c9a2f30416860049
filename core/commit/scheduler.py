"""Who waits where: the batch, a lane for each held order, and the way back from failures.

Commands that arrive while a transaction is under way wait in a queue; the next transaction takes all of them (bounded).
One command alone goes at once: no timer, no added wait.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from core.commit.group_commit import CommitUnknownError, GroupCommit, HeldError
from core.commit.pending_command import Waiting
from core.correlation import correlation_id
from core.db.errors import LOCK_TIMEOUT, Fault, fault_of
from core.domain.answers import Answer
from core.domain.commands import Attempt, Command, OpenOrder
from core.domain.errors import Crowded, TryAgain
from core.observer import Observer

DEADLINE: Final = 4.0
"""Seconds that a caller waits at most. Longer than the database's own timeouts, shorter than a provider's patience."""

BATCH: Final = 256
"""Commands in one transaction. So many come together only under more load than can be served, when a smaller one would
take as long; and a failing one is run again one by one."""

LANES: Final = 8
"""Transactions beside the batch that may wait for a row, or run a failed batch's commands one by one."""

MOST_UNDER_WAY: Final = 2_000
NEWCOMERS_UNDER_WAY: Final = 1_000
"""Commands that wait or are worked on. What is over it gets the try-again answer at once."""

PATIENCE: Final = 2.5
NEWCOMERS_PATIENCE: Final = 1.0
"""Seconds. When the first in the queue has waited so long, whoever comes now would wait longer than its deadline, or
make others do so: it gets the try-again answer at once. Newcomers sooner, so that what is begun can be finished."""

NEWCOMERS: Final = (Attempt, OpenOrder)
"""Commands that begin something; CheckPerform is another, which does not come through here."""

TURNS: Final = 8
"""Of the event loop between two batches. Those who have just been answered come again meanwhile, and more commands
share the next transaction; it is a tenth of a millisecond when there is nothing else to do."""

ENOUGH: Final = 64
"""Commands for which nobody waits for more: then there is much to do, and a turn is long."""

PAUSE: Final = 0.1
"""Seconds before the same is run again; the second time four times as long. Together shorter than the deadline."""


class Lanes:
    """Runs commands. One batch is in flight at a time (two were measured to be as good as one, three worse).

    A batch never waits for a row: commands for an order that somebody else holds go to a lane of that order, whose
    transactions do wait, within the lock timeout. So one held row delays only its own callers.
    """

    def __init__(self, transactions: GroupCommit, observer: Observer, *, batch: int = BATCH) -> None:
        self._transactions = transactions
        self._observer = observer
        self._batch = batch
        self._queue: deque[Waiting] = deque()
        self._held: dict[int, list[Waiting]] = {}
        """By order: commands that wait until somebody else lets it go. Present as long as its lane runs."""
        self._lanes = asyncio.Semaphore(LANES)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._under_way = 0

    async def do(self, command: Command) -> Answer:
        """The command's answer, once it is durable. Raises TryAgain when nothing certain can be said in time."""
        self.turn_away(newcomer=isinstance(command, NEWCOMERS))
        loop = asyncio.get_running_loop()
        waiting = Waiting(command, correlation_id.get(), loop.time() + DEADLINE, loop.create_future())
        timer = loop.call_at(waiting.deadline, waiting.give_up)
        self._count(+1)
        self._queue.append(waiting)
        if not self._running:
            self._running = True
            self._start(self._run())
        try:
            return await waiting.answer
        finally:
            timer.cancel()
            self._count(-1)

    def turn_away(self, *, newcomer: bool) -> None:
        """Raise Crowded when there is more to do than can be done in time."""
        if self.is_crowded(newcomer=newcomer):
            raise Crowded

    def is_crowded(self, *, newcomer: bool) -> bool:
        patience, most = (NEWCOMERS_PATIENCE, NEWCOMERS_UNDER_WAY) if newcomer else (PATIENCE, MOST_UNDER_WAY)
        late = self._queue and asyncio.get_running_loop().time() > self._queue[0].deadline - DEADLINE + patience
        if late or self._under_way >= most:
            self._observer.trouble("overload")
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
                await self._settle([waiting for waiting in batch if not waiting.answer.done()])
                await self._let_more_come()
        finally:
            self._running = False

    async def _let_more_come(self) -> None:
        for _ in range(TURNS):
            if len(self._queue) >= ENOUGH:
                return
            await asyncio.sleep(0)

    async def _settle(self, batch: Sequence[Waiting], lane: int | None = None) -> None:
        """One transaction for the batch. What it can't do goes to a lane of its own.

        `lane`: the order whose lane this is; only there a transaction waits for a row.
        """
        if not batch:
            return
        held: Sequence[tuple[Waiting, int]] = ()
        try:
            held = await self._transactions.run(batch, wait=lane is not None)
        except CommitUnknownError as lost:
            held = lost.held
            self._start(self._find_out(lost))
        except HeldError as busy:
            held = list(busy.held.items())
            await self._settle([waiting for waiting in batch if waiting not in busy.held])
        except Exception as error:
            fault = self._blame(error)
            if lane is not None and fault is LOCK_TIMEOUT:
                self._wait_once_more(lane, batch)
            else:
                self._start(self._one_by_one(batch, fault, error))
        for waiting, order_id in held:
            self._wait_for(order_id, waiting)

    def _wait_for(self, order_id: int, waiting: Waiting) -> None:
        if order_id in self._held:
            self._held[order_id].append(waiting)
        else:
            self._held[order_id] = [waiting]
            self._start(self._lane(order_id))

    def _wait_once_more(self, order_id: int, batch: Sequence[Waiting]) -> None:
        """Together, as before: alone each would take a lane, and the held row would delay others' callers."""
        for waiting in batch:
            if waiting.waited_in_vain:
                waiting.fail(TryAgain())
            else:
                waiting.waited_in_vain = True
                self._wait_for(order_id, waiting)

    async def _lane(self, order_id: int) -> None:
        """Serve those who wait for one order, together, until nobody does."""
        try:
            async with self._lanes:
                while batch := self._held[order_id][: self._batch]:
                    del self._held[order_id][: self._batch]
                    await self._settle([waiting for waiting in batch if not waiting.answer.done()], order_id)
        finally:
            del self._held[order_id]

    async def _one_by_one(self, batch: Sequence[Waiting], fault: Fault, error: Exception) -> None:
        """A batch failed: each command in a transaction of its own, so that one poisoned command harms nobody else."""
        runs = 0 if len(batch) > 1 else 1
        await asyncio.gather(*(self._alone(waiting, fault, error, runs) for waiting in batch))

    async def _alone(self, waiting: Waiting, fault: Fault, error: Exception, runs: int) -> None:
        """Run one command again for as long as its last fault allows it and its caller waits."""
        while not waiting.answer.done():
            if runs > fault.again:
                waiting.fail(error if fault.bug else TryAgain())
                return
            if runs > 0:
                await asyncio.sleep(PAUSE * 4 ** (runs - 1))
            runs += 1
            try:
                async with self._lanes:
                    if not waiting.answer.done():
                        held = await self._transactions.run([waiting], wait=True)
                        assert not held, "a transaction that waits finds nothing busy"
                return
            except CommitUnknownError as lost:
                await self._find_out(lost)
                return
            except Exception as again:
                fault, error = self._blame(again), again

    async def _find_out(self, lost: CommitUnknownError) -> None:
        """Nobody knows whether the batch was committed: ask, and answer as decided or run it again. Never "failed"."""
        self._observer.trouble("commit_unknown")
        batch = [waiting for waiting, _ in lost.answers]
        pause = PAUSE / 2
        while any(not waiting.answer.done() for waiting in batch):
            try:
                async with self._lanes:
                    committed = await self._transactions.was_committed(lost, batch)
            except Exception as error:
                self._blame(error)
                await asyncio.sleep(pause)
                pause *= 2
                continue
            if committed:
                self._transactions.deliver(lost.moves, lost.answers)
            else:
                await self._one_by_one(batch, Fault("commit_unknown", 2), lost)
            return

    def _blame(self, error: Exception) -> Fault:
        fault = fault_of(error)
        self._observer.trouble(fault.kind)
        return fault

    def _count(self, change: int) -> None:
        self._under_way += change
        self._observer.queued(self._under_way)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

"""The only place that begins, commits or rolls back: one transaction for a batch of commands.

Lock once, load once, decide one after another in memory, save once, commit once. Answers leave only after COMMIT.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from core.clock import Clock
from core.commit import store
from core.commit.id_blocks import IdBlocks
from core.commit.pending_command import PendingCommand
from core.db.connection import Connections, PooledConnection
from core.db.errors import server_is_sound, surely_rolled_back
from core.domain.answers import Answer, Refused
from core.domain.commands import Attempt, Create, OpenOrder
from core.domain.decide import decide
from core.domain.records import Transition
from core.domain.unit_of_work import UnitOfWork
from core.observer import Observer
from schema.values import Provider

TRANSACTION_MAX_SECONDS: Final = 3.0
"""Seconds after which we hang up; less when less is left of the deadline. Nothing else bounds a COMMIT that waits for a
standby, or a database that has gone silent. A driver's timeout would: only to wait as long again for a ROLLBACK."""

TRANSITIONS_MAX_PER_COMMAND: Final = 2
"""At most: somebody's hold ends, and the command's own transition."""

COMMITTED_TRANSITIONS: Final = """
    SELECT id, order_id, payment_id, version, at, correlation_id FROM transitions WHERE id = ANY (CAST($1 AS bigint[]))
"""


class CommitUnknownError(Exception):
    """The connection was lost while COMMIT was under way: it happened, or it didn't, or not on the standby."""

    def __init__(
        self,
        transition_ids: Sequence[int],
        transitions: Sequence[tuple[Transition, str]],
        answers: Sequence[tuple[PendingCommand, Answer | Exception]],
        held: Sequence[tuple[PendingCommand, int]],
    ) -> None:
        """`held`: those of the batch that had no part in it, with the order that each waits for."""
        super().__init__("the answer to COMMIT was lost")
        self.transition_ids = transition_ids
        self.transitions = transitions
        self.answers = answers
        self.held = held


class HeldError(Exception):
    """Nothing was committed: somebody holds what these commands would change. The others can go on without them."""

    def __init__(self, held: Mapping[PendingCommand, int]) -> None:
        """`held`: with the order that each waits for."""
        super().__init__("somebody holds a payment")
        self.held = held


class GroupCommit:
    """Runs batches. Who is put into which batch, and what follows from a failure, is not decided here."""

    def __init__(
        self, driver: Connections, clock: Clock, lifetimes: Mapping[Provider, timedelta], observer: Observer
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._lifetimes = lifetimes
        self._observer = observer
        self._order_ids = IdBlocks("order_ids", blocks=4)
        self._payment_ids = IdBlocks("payment_ids", blocks=8)
        self._move_ids = IdBlocks("transition_ids", blocks=32)

    async def run(self, batch: Sequence[PendingCommand], *, wait: bool) -> list[tuple[PendingCommand, int]]:
        """Commit what the batch comes to and answer it.

        Returns those whose order somebody else holds, with that order's id; with `wait` it waits for the holder, up to
        the lock timeout. Raises CommitUnknownError when COMMIT was sent, or may have been, and not answered; after
        anything else that is raised, nothing was committed and nobody has been answered. HeldError names those who
        stand in the way.
        """
        started = asyncio.get_running_loop().time()
        async with self._transaction(batch) as connection:
            work, transition_ids = await self._new_unit_of_work(connection, batch)
            locked = await store.lock(connection, [pending.command for pending in batch], wait=wait)
            held = [(batch[n], order_id) for n, order_id in locked.busy.items()]
            own = [pending for n, pending in enumerate(batch) if n not in locked.busy]
            await store.load(connection, work, locked, [pending.command for pending in own])
            now = self._clock()
            answers = [(pending, self._decide(work, pending, now)) for pending in own]
            try:
                await store.save(connection, work, transition_ids, wait=wait)
            except store.PaymentsBusyError as busy:
                names = {batch[n]: order_id for n, order_id in locked.wanted if order_id in busy.order_ids}
                raise HeldError(names | dict(held)) from busy
            try:
                await connection.commit()
            except Exception as error:
                if surely_rolled_back(error):
                    raise
                raise CommitUnknownError(
                    transition_ids[: len(work.transitions)], work.transitions, answers, held
                ) from error
        self._payment_ids.release(work.unused_payment_ids)
        self._order_ids.release(work.unused_order_ids)
        self._move_ids.release(transition_ids[len(work.transitions) :])
        self.deliver(work.transitions, answers)
        self._observer.batch(len(own), asyncio.get_running_loop().time() - started)
        return held

    async def was_committed(self, lost: CommitUnknownError, batch: Sequence[PendingCommand]) -> bool:
        """Whether the batch's transitions are there.

        Their ids alone don't tell: a server that took over may have given the same ones to somebody else's transitions.
        Takes the same locks first, which waits for the dead connection's transaction to end. If they are, it commits
        these locks, which waits until a synchronous standby has the transitions as well: a server that crashed while it
        waited for one shows them as soon as it is back. A batch that moved nothing may simply be run again.
        """
        if not lost.transition_ids:
            return False
        async with self._transaction(batch) as connection:
            await store.lock(connection, [pending.command for pending in batch], wait=True)
            committed = _as_rows(lost) == {
                tuple(row) for row in await connection.rows(COMMITTED_TRANSITIONS, [lost.transition_ids])
            }
            if committed:
                await connection.commit()
            return committed

    def deliver(
        self,
        transitions: Sequence[tuple[Transition, str]],
        answers: Sequence[tuple[PendingCommand, Answer | Exception]],
    ) -> None:
        """Tell everybody what is durable now: the callers first, whatever becomes of the rest."""
        for pending, answer in answers:
            pending.resolve(answer)
        self._observer.committed(transitions)
        for _, answer in answers:
            if isinstance(answer, Refused):
                self._observer.refused(answer.refusal)

    async def _new_unit_of_work(
        self, connection: PooledConnection, batch: Sequence[PendingCommand]
    ) -> tuple[UnitOfWork, Sequence[int]]:
        """It knows its ids beforehand: decisions stay pure, and a lost COMMIT can be asked for its transitions."""
        openings = sum(isinstance(pending.command, Create | Attempt) for pending in batch)
        orders = sum(isinstance(pending.command, OpenOrder) for pending in batch)
        work = UnitOfWork(
            self._lifetimes,
            payment_ids=await self._payment_ids.take(connection, openings),
            order_ids=await self._order_ids.take(connection, orders),
        )
        return work, await self._move_ids.take(connection, TRANSITIONS_MAX_PER_COMMAND * len(batch))

    def _forget_ids(self) -> None:
        """After a crash or a failover a sequence may give out once more what it gave to a transaction that was lost."""
        for ids in (self._order_ids, self._payment_ids, self._move_ids):
            ids.forget()

    @staticmethod
    def _decide(work: UnitOfWork, pending: PendingCommand, now: datetime) -> Answer | Exception:
        """A command that cannot be decided has changed nothing, and harms only its own caller."""
        try:
            return decide(work, pending.command, now, pending.correlation_id)
        except Exception as error:
            return error

    @asynccontextmanager
    async def _transaction(self, batch: Sequence[PendingCommand]) -> AsyncIterator[PooledConnection]:
        """Hung up on when it takes too long, or longer than anybody in the batch waits."""
        deadline = max(pending.deadline for pending in batch)
        try:
            async with self._driver.transaction(deadline, TRANSACTION_MAX_SECONDS) as connection:
                yield connection
        except Exception as error:
            if not server_is_sound(error):
                self._forget_ids()
            raise


def _as_rows(lost: CommitUnknownError) -> set[tuple[object, ...]]:
    """The transitions as the database would show them."""
    return {
        (
            id_,
            transition.order.id,
            transition.payment.id if transition.payment else None,
            transition.order.version,
            transition.at,
            correlation_id,
        )
        for id_, (transition, correlation_id) in zip(lost.transition_ids, lost.transitions, strict=True)
    }

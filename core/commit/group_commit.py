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
from core.commit.id_blocks import Ids
from core.commit.pending_command import Waiting
from core.db.connection import Driver, Lent
from core.db.errors import given_up, surely_rolled_back
from core.domain.answers import Answer, Refused
from core.domain.commands import Attempt, Create, OpenOrder
from core.domain.decide import decide
from core.domain.unit_of_work import Books, Move
from core.observer import Observer
from schema.values import Provider

LONGEST_TRANSACTION: Final = 3.0
"""Seconds after which we hang up; less when less is left of the deadline. Nothing else bounds a COMMIT that waits for a
standby, or a database that has gone silent. A driver's timeout would: only to wait as long again for a ROLLBACK."""

MOVES_PER_COMMAND: Final = 2
"""At most: somebody's hold ends, and the command's own move."""

WRITTEN: Final = """
    SELECT id, order_id, payment_id, version, at, correlation_id FROM moves WHERE id = ANY (CAST($1 AS bigint[]))
"""


class CommitUnknownError(Exception):
    """The connection was lost while COMMIT was under way: it happened, or it didn't, or not on the standby."""

    def __init__(
        self,
        move_ids: Sequence[int],
        moves: Sequence[tuple[Move, str]],
        answers: Sequence[tuple[Waiting, Answer | Exception]],
        held: Sequence[tuple[Waiting, int]],
    ) -> None:
        """`held`: those of the batch that had no part in it, with the order that each waits for."""
        super().__init__("the answer to COMMIT was lost")
        self.move_ids = move_ids
        self.moves = moves
        self.answers = answers
        self.held = held


class HeldError(Exception):
    """Nothing was committed: somebody holds what these commands would change. The others can go on without them."""

    def __init__(self, held: Mapping[Waiting, int]) -> None:
        """`held`: with the order that each waits for."""
        super().__init__("somebody holds a payment")
        self.held = held


class GroupCommit:
    """Runs batches. Who is put into which batch, and what follows from a failure, is not decided here."""

    def __init__(
        self, driver: Driver, clock: Clock, lifetimes: Mapping[Provider, timedelta], observer: Observer
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._lifetimes = lifetimes
        self._observer = observer
        self._order_ids = Ids("order_ids", blocks=4)
        self._payment_ids = Ids("payment_ids", blocks=8)
        self._move_ids = Ids("move_ids", blocks=32)

    async def run(self, batch: Sequence[Waiting], *, wait: bool) -> list[tuple[Waiting, int]]:
        """Commit what the batch comes to and answer it.

        Returns those whose order somebody else holds, with that order's id; with `wait` it waits for the holder, up to
        the lock timeout. Raises CommitUnknownError when COMMIT was sent, or may have been, and not answered; after
        anything else that is raised, nothing was committed and nobody has been answered. HeldError names those who
        stand in the way.
        """
        started = asyncio.get_running_loop().time()
        async with self._transaction(batch) as connection:
            books, move_ids = await self._empty_books(connection, batch)
            locked = await store.lock(connection, [waiting.command for waiting in batch], wait=wait)
            held = [(batch[n], order_id) for n, order_id in locked.busy.items()]
            mine = [waiting for n, waiting in enumerate(batch) if n not in locked.busy]
            await store.load(connection, books, locked, [waiting.command for waiting in mine])
            now = self._clock()
            answers = [(waiting, self._decide(books, waiting, now)) for waiting in mine]
            try:
                await store.save(connection, books, move_ids, wait=wait)
            except store.PaymentsBusyError as busy:
                names = {batch[n]: order_id for n, order_id in locked.wanted if order_id in busy.order_ids}
                raise HeldError(names | dict(held)) from busy
            try:
                await connection.commit()
            except Exception as error:
                if surely_rolled_back(error):
                    raise
                raise CommitUnknownError(move_ids[: len(books.moves)], books.moves, answers, held) from error
        self._payment_ids.give_back(books.unused_payment_ids)
        self._order_ids.give_back(books.unused_order_ids)
        self._move_ids.give_back(move_ids[len(books.moves) :])
        self.deliver(books.moves, answers)
        self._observer.batch(len(mine), asyncio.get_running_loop().time() - started)
        return held

    async def was_committed(self, lost: CommitUnknownError, batch: Sequence[Waiting]) -> bool:
        """Whether the batch's moves are there.

        Their ids alone don't tell: a server that took over may have given the same ones to somebody else's moves.
        Takes the same locks first, which waits for the dead connection's transaction to end. If they are, it commits
        these locks, which waits until a synchronous standby has the moves as well: a server that crashed while it
        waited for one shows them as soon as it is back. A batch that moved nothing may simply be run again.
        """
        if not lost.move_ids:
            return False
        async with self._transaction(batch) as connection:
            await store.lock(connection, [waiting.command for waiting in batch], wait=True)
            committed = _as_written(lost) == {tuple(row) for row in await connection.rows(WRITTEN, [lost.move_ids])}
            if committed:
                await connection.commit()
            return committed

    def deliver(self, moves: Sequence[tuple[Move, str]], answers: Sequence[tuple[Waiting, Answer | Exception]]) -> None:
        """Tell everybody what is durable now: the callers first, whatever becomes of the rest."""
        for waiting, answer in answers:
            waiting.settle(answer)
        self._observer.moved(moves)
        for _, answer in answers:
            if isinstance(answer, Refused):
                self._observer.refused(answer.refusal)

    async def _empty_books(self, connection: Lent, batch: Sequence[Waiting]) -> tuple[Books, Sequence[int]]:
        """Books that know their ids beforehand: decisions stay pure, and a lost COMMIT can be asked for its moves."""
        openings = sum(isinstance(waiting.command, Create | Attempt) for waiting in batch)
        orders = sum(isinstance(waiting.command, OpenOrder) for waiting in batch)
        books = Books(
            self._lifetimes,
            payment_ids=await self._payment_ids.take(connection, openings),
            order_ids=await self._order_ids.take(connection, orders),
        )
        return books, await self._move_ids.take(connection, MOVES_PER_COMMAND * len(batch))

    def _forget_ids(self) -> None:
        """After a crash or a failover a sequence may give out once more what it gave to a transaction that was lost."""
        for ids in (self._order_ids, self._payment_ids, self._move_ids):
            ids.forget()

    @staticmethod
    def _decide(books: Books, waiting: Waiting, now: datetime) -> Answer | Exception:
        """A command that cannot be decided has changed nothing, and harms only its own caller."""
        try:
            return decide(books, waiting.command, now, waiting.correlation_id)
        except Exception as error:
            return error

    @asynccontextmanager
    async def _transaction(self, batch: Sequence[Waiting]) -> AsyncIterator[Lent]:
        """Hung up on when it takes too long, or longer than anybody in the batch waits."""
        deadline = max(waiting.deadline for waiting in batch)
        try:
            async with self._driver.transaction(deadline, LONGEST_TRANSACTION) as connection:
                yield connection
        except Exception as error:
            if not given_up(error):
                self._forget_ids()
            raise


def _as_written(lost: CommitUnknownError) -> set[tuple[object, ...]]:
    """The moves as the database would show them."""
    return {
        (id_, move.order.id, move.payment.id if move.payment else None, move.order.version, move.at, correlation_id)
        for id_, (move, correlation_id) in zip(lost.move_ids, lost.moves, strict=True)
    }

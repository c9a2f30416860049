"""The only place that begins, commits or rolls back: one transaction for a batch of commands.

Lock once, load once, decide one after another in memory, save once, commit once. Answers leave only after COMMIT.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core import store
from core.answers import Answer, Refused
from core.books import Books, Move
from core.clock import Clock
from core.commands import Attempt, Create, OpenOrder
from core.decisions import decide
from core.faults import NotReplicatedError, sqlstate_of, surely_rolled_back
from core.ids import Ids
from core.observer import Observer
from core.waiting import Waiting
from schema.values import Provider

LONGEST_TRANSACTION: Final = 3.0
"""Seconds after which we hang up; less when less is left of the deadline. Nothing else bounds a COMMIT that waits for a
standby, or a database that has gone silent. A driver's timeout would: only to wait as long again for a ROLLBACK."""

MOVES_PER_COMMAND: Final = 2
"""At most: somebody's hold ends, and the command's own move."""

COMMITTED: Final = text("SELECT EXISTS (SELECT FROM moves WHERE id = ANY (CAST(:ids AS bigint[])))")


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
        self, engine: AsyncEngine, clock: Clock, lifetimes: Mapping[Provider, timedelta], observer: Observer
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._lifetimes = lifetimes
        self._observer = observer
        self._order_ids = Ids("order_ids", blocks=4)
        self._payment_ids = Ids("payment_ids", blocks=8)
        self._move_ids = Ids("move_ids", blocks=32)

    async def run(self, batch: Sequence[Waiting], *, wait: bool) -> list[tuple[Waiting, int]]:
        """Commit what the batch comes to and answer it.

        Returns those whose order somebody else holds, with that order's id; with `wait` it waits for the holder, up to
        the lock timeout. Raises CommitUnknownError when COMMIT was sent and not answered; after anything else that is
        raised, nothing was committed and nobody has been answered. HeldError names those who stand in the way.
        """
        started = asyncio.get_running_loop().time()
        async with self._connect(batch) as connection:
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
                await commit_everywhere(connection)
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

        Takes the same locks first, which waits for the dead connection's transaction to end. If they are, it commits
        these locks, which waits until a synchronous standby has the moves as well: a server that crashed while it
        waited for one shows them as soon as it is back. A batch that moved nothing may simply be run again.
        """
        if not lost.move_ids:
            return False
        async with self._connect(batch) as connection:
            await store.lock(connection, [waiting.command for waiting in batch], wait=True)
            committed = bool((await connection.execute(COMMITTED, {"ids": lost.move_ids})).scalar_one())
            if committed:
                await commit_everywhere(connection)
            return committed

    def deliver(self, moves: Sequence[tuple[Move, str]], answers: Sequence[tuple[Waiting, Answer | Exception]]) -> None:
        """Tell everybody what is durable now: the callers first, whatever becomes of the rest."""
        for waiting, answer in answers:
            waiting.settle(answer)
        self._observer.moved(moves)
        for _, answer in answers:
            if isinstance(answer, Refused):
                self._observer.refused(answer.refusal)

    async def _empty_books(self, connection: AsyncConnection, batch: Sequence[Waiting]) -> tuple[Books, Sequence[int]]:
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
    async def _connect(self, batch: Sequence[Waiting]) -> AsyncIterator[AsyncConnection]:
        """A connection for one transaction, which begins by itself and is hung up on when it takes too long."""
        loop = asyncio.get_running_loop()
        end = max(waiting.deadline for waiting in batch)
        connection = await self._engine.connect()
        driver: Any = (await connection.get_raw_connection()).driver_connection
        end = min(end, loop.time() + LONGEST_TRANSACTION)
        guard = loop.call_at(end, driver.terminate)
        try:
            yield connection
        except Exception as error:
            self._forget_ids()
            if sqlstate_of(error.__cause__ or error) is None and not isinstance(error, store.LostRaceError | HeldError):
                # Nothing is known of this connection: hang up, rather than wait for its answer to a ROLLBACK.
                driver.terminate()
                await connection.invalidate(error)
            if loop.time() >= end and not isinstance(error, CommitUnknownError):
                raise TimeoutError("the transaction took too long") from error
            raise
        finally:
            await connection.close()
            guard.cancel()


async def commit_everywhere(connection: AsyncConnection) -> None:
    """COMMIT, and make sure that the server did not give up waiting for a synchronous standby.

    Whoever cancels that wait on the server makes the COMMIT succeed: only a warning says that the standby may not have
    it. At a COMMIT there is nothing else to warn of.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    said: list[object] = []

    def hear(_: object, message: object) -> None:
        said.append(message)

    driver.add_log_listener(hear)
    try:
        await connection.commit()
    finally:
        driver.remove_log_listener(hear)
    if said:
        raise NotReplicatedError(str(said[0]))

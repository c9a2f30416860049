"""Group commit runs a batch of commands in one transaction; nothing else begins, commits or rolls back.

Lock and load once, decide one after another in memory, save and commit once, in one message. Answers leave only after
COMMIT.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from core.clock_comparison import ClockComparison
from core.commit import store
from core.commit.id_blocks import IdBlocks
from core.commit.pending_command import PendingCommand
from core.db.connection import Connections, PooledConnection
from core.db.errors import RollbackError, server_is_sound, surely_rolled_back
from core.domain.answers import Answer, Refused
from core.domain.clock_trust import ClockTrust
from core.domain.commands import Attempt, Create, OpenOrder, ShopCommand, shop_of
from core.domain.decide import decide
from core.domain.periods import Periods
from core.domain.records import Transition
from core.domain.unit_of_work import UnitOfWork
from core.observer import Observer
from core.restores import Restores
from schema.test_mode import is_twin

TRANSACTION_MAX_SECONDS: Final = 3.0
"""Then the connection is aborted; sooner when less is left of the deadline. Nothing else bounds a COMMIT that waits for
a standby, or a database that has gone silent. The driver's timeout would, only to wait as long again for a ROLLBACK."""

TRANSITIONS_MAX_PER_COMMAND: Final = 2
"""One that ends the payment which holds the order, and the command's own. A shop's may need one more: reopening lets
the order expire first."""

COMMITTED_TRANSITIONS: Final = """
    SELECT id, order_id, payment_id, version, at, correlation_id FROM transitions WHERE id = ANY (CAST($1 AS bigint[]))
"""


class CommitUnknownError(Exception):
    """The answer to the save and its COMMIT was lost: they happened, or they didn't, or not on the standby."""

    def __init__(
        self,
        transition_ids: Sequence[int],
        transitions: Sequence[tuple[Transition, str]],
        answers: Sequence[tuple[PendingCommand, Answer | Exception]],
        blocked: Sequence[tuple[PendingCommand, int]],
    ) -> None:
        """`blocked`: the commands that had no part in it, each with the order that blocks it."""
        super().__init__("the answer to COMMIT was lost")
        self.transition_ids = transition_ids
        self.transitions = transitions
        self.answers = answers
        self.blocked = blocked


class BlockedError(Exception):
    """Nothing was committed: another transaction has locked payments of these commands. The others can be run."""

    def __init__(self, blocked: Mapping[PendingCommand, int]) -> None:
        """`blocked`: the commands, each with the order of the locked payment."""
        super().__init__("another transaction has locked a payment")
        self.blocked = blocked


class _WrongClockError(RollbackError):
    """Something was decided by our clock, and the database's does not agree with it."""


class GroupCommit:
    """Runs batches. Which commands are in a batch, and what follows from a failure, the scheduler decides."""

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
        self._order_ids = IdBlocks("order_ids", blocks=4)
        self._payment_ids = IdBlocks("payment_ids", blocks=8)
        self._transition_ids = IdBlocks("transition_ids", blocks=32)

    async def run(self, batch: Sequence[PendingCommand], *, wait: bool) -> list[tuple[PendingCommand, int]]:
        """Run the batch, commit it and resolve its callers.

        Returns the blocked commands, each with the order that another transaction has locked; with `wait` it waits for
        that one, up to the lock timeout. Raises CommitUnknownError when COMMIT was sent, or may have been, and not
        answered; after any other error nothing was committed and no caller is resolved. BlockedError names the commands
        that cannot be saved now.
        """
        try:
            return await self._run(batch, wait=wait, trust_max=ClockTrust.EVERYTHING)
        except _WrongClockError:
            return await self._run(batch, wait=wait, trust_max=ClockTrust.OPENINGS)

    async def _run(
        self, batch: Sequence[PendingCommand], *, wait: bool, trust_max: ClockTrust
    ) -> list[tuple[PendingCommand, int]]:
        started = asyncio.get_running_loop().time()
        async with self._transaction(batch) as connection:
            work, transition_ids = await self._new_unit_of_work(connection, batch)
            locked = await store.lock_and_load(connection, [pending.command for pending in batch], wait=wait)
            blocked = [(batch[n], order_id) for n, order_id in locked.blocked.items()]
            runnable = [pending for n, pending in enumerate(batch) if n not in locked.blocked]
            await store.load(connection, work, locked, [pending.command for pending in runnable])
            self._note_provider_moments(runnable)
            moment = self._clocks.moment()
            if _may_open(runnable) and not self._clocks.holds_for(moment):
                await self._clocks.compare(connection, moment)
            work.clock_trust = min(self._clocks.trust, trust_max)
            answers = [(pending, self._decide(work, pending, moment.now)) for pending in runnable]
            if work.relies_on_clock and await self._clocks.compare(connection, moment) is not ClockTrust.EVERYTHING:
                raise _WrongClockError
            saving = store.saving(work, transition_ids, wait=wait)
            try:
                await connection.commit(saving)
            except Exception as error:
                rollback = store.rollback_of(error, work)
                if isinstance(rollback, store.PaymentsBlockedError):
                    by_payment = {batch[n]: order_id for n, order_id in locked.wanted if order_id in rollback.order_ids}
                    raise BlockedError(by_payment | dict(blocked)) from rollback
                if rollback is not None:
                    raise rollback from None
                if connection.failed_before_commit(error) or surely_rolled_back(error):
                    raise
                raise CommitUnknownError(
                    transition_ids[: len(work.transitions)], work.transitions, answers, blocked
                ) from error
        self._payment_ids.release(work.unused_payment_ids)
        self._order_ids.release(work.unused_order_ids)
        self._transition_ids.release(transition_ids[len(work.transitions) :])
        self.resolve_batch(work.transitions, answers)
        self._observer.batch(len(runnable), asyncio.get_running_loop().time() - started)
        return blocked

    async def was_committed(self, unknown: CommitUnknownError, batch: Sequence[PendingCommand]) -> bool:
        """Return whether the database has the batch's transitions, with all that they say.

        Their ids alone prove nothing: a server that took over may have given the same ones to others' transitions.
        Takes the same locks first, which waits for the dead connection's transaction to end. If they are there, it
        commits these locks, which waits until a synchronous standby has the transitions as well: a server that crashed
        while it waited for one shows them as soon as it is back. A batch that changed nothing may simply be run again.
        """
        if not unknown.transition_ids:
            return False
        async with self._transaction(batch) as connection:
            await store.lock_and_load(connection, [pending.command for pending in batch], wait=True)
            committed = _expected_rows(unknown) == {
                tuple(row) for row in await connection.rows(COMMITTED_TRANSITIONS, [unknown.transition_ids])
            }
            if committed:
                await connection.commit()
            return committed

    def resolve_batch(
        self,
        transitions: Sequence[tuple[Transition, str]],
        answers: Sequence[tuple[PendingCommand, Answer | Exception]],
    ) -> None:
        """Answer the callers with what is durable now, then inform the observer."""
        for pending, answer in answers:
            pending.resolve(answer)
        self._observer.committed(transitions)
        for pending, answer in answers:
            if isinstance(answer, Refused):
                self._observer.refused(answer.refusal, shop_of(pending.command))

    async def _new_unit_of_work(
        self, connection: PooledConnection, batch: Sequence[PendingCommand]
    ) -> tuple[UnitOfWork, Sequence[int]]:
        """Make one with ids taken beforehand: decisions stay pure, and after a lost COMMIT they can be looked for."""
        new_payments = sum(isinstance(pending.command, Create | Attempt) for pending in batch)
        new_orders = sum(isinstance(pending.command, OpenOrder) for pending in batch)
        work = UnitOfWork(
            self._periods,
            payment_ids=await self._payment_ids.take(connection, new_payments),
            order_ids=await self._order_ids.take(connection, new_orders),
            reconciled_from=self._restores.reconciled_from,
        )
        of_shops = sum(isinstance(pending.command, ShopCommand) for pending in batch)
        transitions = TRANSITIONS_MAX_PER_COMMAND * len(batch) + of_shops
        return work, await self._transition_ids.take(connection, transitions)

    def _discard_ids(self) -> None:
        """After a crash or a failover a sequence may give out again what it gave to a transaction that was lost."""
        for ids in (self._order_ids, self._payment_ids, self._transition_ids):
            ids.discard()

    def _note_provider_moments(self, commands: Sequence[PendingCommand]) -> None:
        """In test mode a call's time is whatever somebody has typed."""
        for pending in commands:
            if isinstance(pending.command, Create) and not is_twin(pending.command.order.shop):
                self._clocks.provider_says(pending.command.opened_at)

    @staticmethod
    def _decide(work: UnitOfWork, pending: PendingCommand, now: datetime) -> Answer | Exception:
        """Decide one command. One that cannot be decided has changed nothing, and harms only its own caller."""
        try:
            return decide(work, pending.command, now, pending.correlation_id)
        except Exception as error:
            return error

    @asynccontextmanager
    async def _transaction(self, batch: Sequence[PendingCommand]) -> AsyncIterator[PooledConnection]:
        """Begin a transaction that is aborted when it takes too long, or longer than any caller of the batch waits."""
        deadline = max(pending.deadline for pending in batch)
        try:
            async with self._connections.transaction(deadline, TRANSACTION_MAX_SECONDS) as connection:
                yield connection
        except Exception as error:
            if not server_is_sound(error):
                self._discard_ids()
            raise


def _may_open(commands: Sequence[PendingCommand]) -> bool:
    return any(isinstance(pending.command, Create | Attempt | OpenOrder) for pending in commands)


def _expected_rows(unknown: CommitUnknownError) -> set[tuple[object, ...]]:
    """Return the rows that the database must have if the COMMIT happened."""
    return {
        (
            id_,
            transition.order.id,
            transition.payment.id if transition.payment else None,
            transition.order.version,
            transition.at,
            correlation_id,
        )
        for id_, (transition, correlation_id) in zip(unknown.transition_ids, unknown.transitions, strict=True)
    }

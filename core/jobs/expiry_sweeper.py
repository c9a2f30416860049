"""The sweeper ends expired payments and expired orders."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock_comparison import ClockComparison
from core.db.autocommit import Autocommit
from core.domain.commands import ExpireOrder, ExpirePayment, OrderRef, PaymentRef
from core.domain.errors import TryAgain
from core.observer import Observer
from core.restores import Restores
from schema.tables import orders, payments
from schema.test_mode import split
from schema.values import OrderState, PaymentSource, PaymentState

log = logging.getLogger(__name__)

SweepCommand = ExpirePayment | ExpireOrder

SWEEP_MAX_COMMANDS: Final = 1_000
"""In one sweep. A wall clock that jumps must not expire everything before an operator looks."""

CHUNK_MAX_COMMANDS: Final = 50
"""Given to the core together: payments that come in meanwhile share its batches."""

_has_pending_payment = exists().where(payments.c.order_id == orders.c.id, payments.c.state == PaymentState.PENDING)
"""An expired balance whose payment is under way expires later; it must not take the place of others in a sweep."""

_lifetime_begins = func.least(payments.c.provider_time, payments.c.created_at)


def expired_payments(
    lifetimes: Mapping[PaymentSource, timedelta], now: datetime, reconciled_from: int = 0
) -> Select[Any]:
    """Write the query for the payments to end, those that began first before the others."""
    expired = [
        and_(payments.c.provider == source, _lifetime_begins < now - lifetime) for source, lifetime in lifetimes.items()
    ]
    is_reconciled = [payments.c.id >= reconciled_from] if reconciled_from else []
    return (
        select(orders.c.shop, orders.c.account, payments.c.id)
        .join(orders, orders.c.id == payments.c.order_id)
        .where(payments.c.state == PaymentState.PENDING, or_(*expired), *is_reconciled)
        .order_by(_lifetime_begins)
        .limit(SWEEP_MAX_COMMANDS + 1)
    )


class ExpirySweeper:
    """Gives expired payments and orders to the core as commands; it decides nothing itself."""

    def __init__(
        self,
        engine: AsyncEngine,
        do: Callable[[SweepCommand], Awaitable[object]],
        clocks: ClockComparison,
        restores: Restores,
        lifetimes: Mapping[PaymentSource, timedelta],
        observer: Observer,
    ) -> None:
        self._pool = engine
        self._engine = Autocommit(engine)
        self._do = do
        self._clocks = clocks
        self._restores = restores
        self._lifetimes = lifetimes
        self._observer = observer

    async def sweep(self) -> int:
        """End what has expired, payments first, at most SWEEP_MAX_COMMANDS; returns how many commands were run.

        Nothing, where the database's clock does not agree with ours or no call may be answered.
        """
        try:
            await self._restores.admit()
        except TryAgain:
            return 0
        now = await self._clocks.trusted_now(self._pool)
        if now is None:
            return 0
        expired = [*await self._expired_payments(now), *await self._expired_orders(now)]
        commands = expired[:SWEEP_MAX_COMMANDS]
        if len(expired) > SWEEP_MAX_COMMANDS:
            self._observer.sweep_limited()
            log.error("sweep limit reached", extra={"limit": SWEEP_MAX_COMMANDS, "hint": "is the clock right?"})
        for start in range(0, len(commands), CHUNK_MAX_COMMANDS):
            await self._run_chunk(commands[start : start + CHUNK_MAX_COMMANDS])
        return len(commands)

    async def _run_chunk(self, commands: Sequence[SweepCommand]) -> None:
        answers = await asyncio.gather(*(self._do(command) for command in commands), return_exceptions=True)
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, Exception) and not isinstance(answer, TryAgain):
                # the others must not wait for it
                log.error("sweep command failed", extra=_named(command), exc_info=answer)

    async def _expired_payments(self, now: datetime) -> list[SweepCommand]:
        query = expired_payments(self._lifetimes, now, self._restores.reconciled_from)
        return [ExpirePayment(PaymentRef(row.shop, row.account, row.id)) for row in await self._read(query)]

    async def _expired_orders(self, now: datetime) -> list[SweepCommand]:
        query = (
            select(orders.c.shop, orders.c.account)
            .where(orders.c.state == OrderState.AWAITING, orders.c.expires_at < now, ~_has_pending_payment)
            .order_by(orders.c.expires_at)
            .limit(SWEEP_MAX_COMMANDS + 1)
        )
        return [ExpireOrder(OrderRef(row.shop, row.account)) for row in await self._read(query)]

    async def _read(self, query: Any) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()


def _named(command: SweepCommand) -> dict[str, object]:
    """Name what a command is about, for the log."""
    ref = command.payment if isinstance(command, ExpirePayment) else command.order
    shop, test = split(ref.shop)
    return {"command": type(command).__name__, "shop": shop, "test": test, "account": ref.account}

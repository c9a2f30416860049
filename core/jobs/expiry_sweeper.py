"""Ends what nobody will end: payments past their lifetime, orders past their time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.clock import Clock
from core.db.autocommit import Autocommit
from core.domain.commands import Command, ExpireOrder, ExpirePayment, OrderRef, PaymentRef
from core.domain.errors import TryAgain
from core.observer import Observer
from schema.tables import orders, payments
from schema.values import OrderState, PaymentState, Provider

log = logging.getLogger(__name__)

SWEEP_MAX_COMMANDS: Final = 1_000
"""A wall clock that jumps must not expire the world before somebody looks."""

CHUNK: Final = 50
"""Commands given to the core together: payments that come in meanwhile share its batches."""

_held = exists().where(payments.c.order_id == orders.c.id, payments.c.state == PaymentState.PENDING)
"""An expired balance is waited for while a payment of it is under way; it must not take others' place in a sweep."""


class ExpirySweeper:
    """Gives overdue payments and expired orders to the core as commands: it decides nothing itself."""

    def __init__(
        self,
        engine: AsyncEngine,
        do: Callable[[Command], Awaitable[object]],
        clock: Clock,
        lifetimes: Mapping[Provider, timedelta],
        observer: Observer,
    ) -> None:
        self._engine = Autocommit(engine)
        self._do = do
        self._clock = clock
        self._lifetimes = lifetimes
        self._observer = observer

    async def sweep(self) -> int:
        """End what is over, at most so many; returns how many commands were given."""
        now = self._clock()
        commands = [*await self._overdue_payments(now), *await self._expired_orders(now)]
        if len(commands) >= SWEEP_MAX_COMMANDS:
            self._observer.sweep_limited()
            log.error("sweep limit reached", extra={"limit": SWEEP_MAX_COMMANDS, "hint": "is the clock right?"})
        for start in range(0, len(commands), CHUNK):
            await self._give(commands[start : start + CHUNK])
        return len(commands)

    async def _give(self, commands: Sequence[Command]) -> None:
        given = await asyncio.gather(*(self._do(command) for command in commands), return_exceptions=True)
        for command, answer in zip(commands, given, strict=True):
            if isinstance(answer, Exception) and not isinstance(answer, TryAgain):
                # the others must not wait for it
                log.error("sweep command failed", extra={"command": str(command)}, exc_info=answer)

    async def _overdue_payments(self, now: datetime) -> list[Command]:
        over = [
            and_(payments.c.provider == provider, payments.c.provider_time < now - lifetime)
            for provider, lifetime in self._lifetimes.items()
        ]
        wanted = (
            select(orders.c.shop, orders.c.account, payments.c.id)
            .join(orders, orders.c.id == payments.c.order_id)
            .where(payments.c.state == PaymentState.PENDING, or_(*over))
            .order_by(payments.c.provider_time)
            .limit(SWEEP_MAX_COMMANDS)
        )
        return [ExpirePayment(PaymentRef(row.shop, row.account, row.id)) for row in await self._read(wanted)]

    async def _expired_orders(self, now: datetime) -> list[Command]:
        wanted = (
            select(orders.c.shop, orders.c.account)
            .where(orders.c.state == OrderState.AWAITING, orders.c.expires_at < now, ~_held)
            .order_by(orders.c.expires_at)
            .limit(SWEEP_MAX_COMMANDS)
        )
        return [ExpireOrder(OrderRef(row.shop, row.account)) for row in await self._read(wanted)]

    async def _read(self, statement: Any) -> Sequence[Any]:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).all()

"""The wrong gateway's own shop: opens an order whenever a check wants one, and lets its time pass."""

import itertools
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from tiyin_sandbox.engine.orders import NO_TERMS, Order

from tests.sandbox.wrong.store import RELEASED, UNKNOWN_REASON, Store, now

taken: ContextVar[str] = ContextVar("taken")
"""The order that the running check took last; checks that run beside others have one each."""


class Shop:
    def __init__(self, store: Store, amount: int, *, one_time: bool = True) -> None:
        """amount: of every order, in tiyin."""
        self.store, self.amount, self.one_time = store, amount, one_time
        self._numbers = itertools.count(10_001 + len(store.orders))

    def left(self) -> None:
        return None

    def can(self, verb: str) -> bool:
        return verb in ("cancel", "deliver", "release", "amend", "reopen", "expire")

    async def take(self) -> Order:
        account = str(next(self._numbers))
        self.store.open_order(account, self.amount, one_time=self.one_time)
        taken.set(account)
        return account

    async def take_expiring(self, seconds: float) -> Order:
        account = await self.take()
        assert isinstance(account, str)
        self.store.orders[account].expires_at = now() + round(seconds * 1000)
        return account

    async def do(self, verb: str, order: Order, terms: Mapping[str, Any] = NO_TERMS) -> None:
        assert isinstance(order, str)
        opened = self.store.orders[order]
        match verb:
            case "deliver":
                opened.delivered = True
            case "cancel":
                opened.state = "cancelled"
            case "reopen":
                opened.state, opened.reopened = "awaiting", True
            case "amend":
                opened.amount = terms["amount"]
            case "release":
                holder = self.store.pending(opened)
                assert holder is not None
                holder.cancel(UNKNOWN_REASON if holder.provider == "payme" else RELEASED)

    async def sleep(self, seconds: float) -> None:
        """Nobody waits: the check's order and its payments grow older."""
        self.store.age(taken.get(), round(seconds * 1000))

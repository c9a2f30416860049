"""The wrong gateway's own shop: opens an order whenever a check wants one, and lets its time pass."""

import itertools
from contextvars import ContextVar

from tiyin_sandbox.engine.orders import Order

from tests.sandbox.wrong.store import Store

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
        return verb in ("cancel", "deliver")

    async def take(self) -> Order:
        account = str(next(self._numbers))
        self.store.open_order(account, self.amount, one_time=self.one_time)
        taken.set(account)
        return account

    async def do(self, verb: str, order: Order) -> None:
        assert isinstance(order, str)
        opened = self.store.orders[order]
        if verb == "deliver":
            opened.delivered = True
        else:
            opened.state = "cancelled"

    async def sleep(self, seconds: float) -> None:
        """Nobody waits: the payments of the check's order grow older."""
        self.store.age(taken.get(), round(seconds * 1000))

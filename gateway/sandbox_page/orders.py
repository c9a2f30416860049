"""Opens the orders that a run uses up, in the gateway's own core. A run never learns of any other order."""

import secrets
from collections.abc import Mapping
from itertools import count
from typing import Final

from tiyin_sandbox.engine.checks import Kind
from tiyin_sandbox.engine.orders import Order, OutOfOrders

from core import CloseOrder, Core, DeliverOrder, Details, OpenOrder, OrderRef, Shown, TryAgain
from gateway.sandbox_page.masking import PREFIX
from schema.values import OrderKind, Tiyin

DETAILS: Final = Details(description="Opened by the sandbox's page", metadata={"sandbox": True})
COMMANDS: Final[Mapping[str, type[CloseOrder] | type[DeliverOrder]]] = {"cancel": CloseOrder, "deliver": DeliverOrder}


class CoreOrders:
    """Opens new orders of one shop and one price."""

    def __init__(self, core: Core, shop: str, amount: Tiyin, kind: Kind) -> None:
        self._core, self._shop, self._kind = core, shop, OrderKind(kind)
        self._amount = amount if self._kind is OrderKind.ONE_TIME else None
        run = secrets.token_hex(4)
        self._names = (f"{PREFIX}{run}-{number}" for number in count(1))

    def left(self) -> int | None:
        return None

    def can(self, verb: str) -> bool:
        return verb in COMMANDS

    async def take(self) -> Order:
        account = next(self._names)
        order = OrderRef(self._shop, account)
        await self._run(OpenOrder(order, self._kind, self._amount, None, None, None, DETAILS))
        return account

    async def do(self, verb: str, order: Order) -> None:
        account = order if isinstance(order, str) else next(iter(order.values()))
        await self._run(COMMANDS[verb](OrderRef(self._shop, account)))

    async def _run(self, command: OpenOrder | CloseOrder | DeliverOrder) -> None:
        try:
            answer = await self._core.do(command)
        except TryAgain:
            raise OutOfOrders("the database did not answer in time") from None
        if not isinstance(answer, Shown):
            raise OutOfOrders(f"the order could not be had: {answer}")

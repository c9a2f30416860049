"""Opens the orders that a run uses up, in the gateway's own core. A run never learns of any other order."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from tiyin_sandbox.engine.checks import Kind
from tiyin_sandbox.engine.orders import ATTEMPT_YOUNG, NO_TERMS, Order, OutOfOrders, TooEarly

from core import (
    AmendOrder,
    CloseOrder,
    Core,
    DeliverOrder,
    Details,
    OpenOrder,
    OrderRef,
    Refusal,
    Refused,
    ReleaseOrder,
    ReopenOrder,
    ShopCommand,
    Shown,
    TryAgain,
    wall_clock,
)
from gateway.sandbox_page.masking import PREFIX
from schema.values import OrderKind, Tiyin

DETAILS: Final = Details(description="Opened by the sandbox's page", metadata={"sandbox": True})
EXPIRE: Final = "expire"
COMMANDS: Final[Mapping[str, Callable[[OrderRef, Mapping[str, Any]], ShopCommand]]] = {
    "cancel": lambda order, terms: CloseOrder(order),
    "deliver": lambda order, terms: DeliverOrder(order),
    "release": lambda order, terms: ReleaseOrder(order, payment_id=None),
    "amend": AmendOrder,
    "reopen": lambda order, terms: ReopenOrder(order, expires_at=None, keeps_expiry=True),
}


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
        return verb in COMMANDS or verb == EXPIRE

    async def take(self) -> Order:
        return await self._open(None)

    async def take_expiring(self, seconds: float) -> Order:
        return await self._open(wall_clock() + timedelta(seconds=seconds))

    async def do(self, verb: str, order: Order, terms: Mapping[str, Any] = NO_TERMS) -> None:
        account = order if isinstance(order, str) else next(iter(order.values()))
        await self._run(COMMANDS[verb](OrderRef(self._shop, account), terms))

    async def _open(self, expires_at: datetime | None) -> Order:
        account = next(self._names)
        order, strict = OrderRef(self._shop, account), expires_at is not None
        await self._run(OpenOrder(order, self._kind, self._amount, None, None, expires_at, DETAILS, strict))
        return account

    async def _run(self, command: ShopCommand) -> None:
        try:
            answer = await self._core.do(command)
        except TryAgain:
            raise OutOfOrders("the database did not answer in time") from None
        if isinstance(answer, Refused) and answer.refusal is Refusal.ATTEMPT_YOUNG:
            raise TooEarly(ATTEMPT_YOUNG)
        if not isinstance(answer, Shown):
            raise OutOfOrders(f"the order could not be had: {answer}")

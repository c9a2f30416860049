"""The demonstration's orders: three new ones each time."""

import re
from typing import Final

from core import Core, Details, OpenOrder, Order, OrderRef, Shown
from gateway.config.shop_settings import MAIN
from schema.values import OrderKind, Tiyin

HOW_MANY: Final = 3
AMOUNT: Final = Tiyin(5_000_000)


async def open_orders(core: Core) -> list[Order]:
    """`demo-1`, `demo-2`, …: the numbers go on where they ended."""
    opened: list[Order] = []
    number = await _last_number(core)
    while len(opened) < HOW_MANY:
        number += 1
        answer = await core.do(_opening(f"demo-{number}"))
        if isinstance(answer, Shown) and not answer.repeat:
            opened.append(answer.order)
    return opened


async def _last_number(core: Core) -> int:
    page = await core.orders(MAIN, None, 100, None)
    named = (re.fullmatch(r"demo-([0-9]{1,9})", shown.order.account) for shown in page.orders)
    return max((int(name[1]) for name in named if name), default=0)


def _opening(account: str) -> OpenOrder:
    details = Details(description=f"Demonstration order {account}")
    return OpenOrder(OrderRef(MAIN, account), OrderKind.ONE_TIME, AMOUNT, None, None, None, details)

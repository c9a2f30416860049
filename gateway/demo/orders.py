"""Opens three new orders each time the demonstration starts."""

import re
from typing import Final

from core import Core, Details, OpenOrder, Order, OrderRef, Shown
from inbound.shop_path import MAIN
from schema.values import OrderKind, Tiyin

NEW_ORDERS: Final = 3
AMOUNT: Final = Tiyin(5_000_000)


async def open_orders(core: Core) -> list[Order]:
    """Open `demo-1`, `demo-2`, …; numbering goes on where it ended last time."""
    orders: list[Order] = []
    number = await _last_number(core)
    while len(orders) < NEW_ORDERS:
        number += 1
        answer = await core.do(_open_order(f"demo-{number}"))
        if isinstance(answer, Shown) and not answer.repeat:
            orders.append(answer.order)
    return orders


async def _last_number(core: Core) -> int:
    page = await core.orders(MAIN, None, 100, None)
    matches = (re.fullmatch(r"demo-([0-9]{1,9})", shown.order.account) for shown in page.orders)
    return max((int(match[1]) for match in matches if match), default=0)


def _open_order(account: str) -> OpenOrder:
    details = Details(description=f"Demonstration order {account}")
    return OpenOrder(OrderRef(MAIN, account), OrderKind.ONE_TIME, AMOUNT, None, None, None, details)

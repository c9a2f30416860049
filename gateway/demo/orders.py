"""Opens three new orders and a test order each time the demonstration starts."""

import re
from typing import Final

from core import Core, Details, OpenOrder, OrderRef, Shown
from inbound.shop_path import MAIN
from schema.test_mode import twin_of
from schema.values import OrderKind, Tiyin

NEW_ORDERS: Final = 3
AMOUNT: Final = Tiyin(5_000_000)


async def open_orders(core: Core) -> list[Shown]:
    """Open `demo-1`, `demo-2`, …, and `test-1` in test mode; numbering goes on where it ended last time."""
    return [*await _open_orders(core, MAIN, "demo", NEW_ORDERS), *await _open_orders(core, twin_of(MAIN), "test", 1)]


async def _open_orders(core: Core, shop: str, prefix: str, count: int) -> list[Shown]:
    orders: list[Shown] = []
    number = await _last_number(core, shop, prefix)
    while len(orders) < count:
        number += 1
        answer = await core.do(_open_order(shop, f"{prefix}-{number}"))
        if isinstance(answer, Shown) and not answer.repeat:
            orders.append(answer)
    return orders


async def _last_number(core: Core, shop: str, prefix: str) -> int:
    page = await core.orders(shop, None, 100, None)
    matches = (re.fullmatch(rf"{prefix}-([0-9]{{1,9}})", shown.order.account) for shown in page.orders)
    return max((int(match[1]) for match in matches if match), default=0)


def _open_order(shop: str, account: str) -> OpenOrder:
    details = Details(description=f"Demonstration order {account}")
    return OpenOrder(OrderRef(shop, account), OrderKind.ONE_TIME, AMOUNT, None, None, None, details)

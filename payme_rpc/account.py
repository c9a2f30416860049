"""Reads the account: the object by which Payme's payer names an order (Payme, "Account")."""

import math
from collections.abc import Mapping
from typing import Any

from core import OrderRef, Refusal
from inbound.account_text import is_account_text
from inbound.strict_json import NUL_OR_SURROGATE
from payme_rpc.cash_box import CashBox
from payme_rpc.errors import PAYME, RpcError


def account_in(box: CashBox, received: Any) -> str | None:
    """The text by which an order could be known; None where there is none.

    Payme sends text even where the field looks like a number; its test cabinet may send a number.
    """
    value = received.get(box.account_field) if isinstance(received, dict) else None
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        value = str(value)
    return value if is_account_text(value) else None


def order_of(shop: str, account: str | None, received: Any) -> tuple[OrderRef, Mapping[str, Any]]:
    """The order that is meant, and the whole account as it came, fit to be stored. What is malformed names no order.

    `shop`: the cash box's, or its test mode. `account`: what `account_in` found in `received`.
    """
    if account is None or not all(_is_storable(value) for value in received.values()):
        raise RpcError(PAYME[Refusal.ORDER_NOT_FOUND], refusal=Refusal.ORDER_NOT_FOUND)
    return OrderRef(shop, account), received


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return not NUL_OR_SURROGATE.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, int)

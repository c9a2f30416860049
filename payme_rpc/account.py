"""Reads the account: the object by which Payme's payer names an order (Payme, "Account")."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from core import OrderRef, Refusal
from payme_rpc.cash_box import CashBox
from payme_rpc.envelope import UNSTORABLE
from payme_rpc.errors import PAYME, RpcError

LONGEST: Final = 255
"""Characters of an account, as in a shop's order."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def read_account(box: CashBox, received: Any) -> tuple[OrderRef, Mapping[str, Any]]:
    """The order that is meant, and the whole account as it came, fit to be stored. What is malformed names no order.

    Payme sends text even where the field looks like a number; its test cabinet may send a number.
    """
    if not isinstance(received, dict) or not all(_is_plain(value) for value in received.values()):
        raise _no_order()
    value = received.get(box.account_field)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _no_order()
    account = str(value)
    if not 1 <= len(account) <= LONGEST or _CONTROL.search(account):
        raise _no_order()
    return OrderRef(box.shop, account), received


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, int)


def _no_order() -> RpcError:
    return RpcError(PAYME[Refusal.ORDER_NOT_FOUND], refusal=Refusal.ORDER_NOT_FOUND)

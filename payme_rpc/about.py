"""Says which order and which payment a call is about, as far as it can be read: of refused calls, too."""

from typing import Any, Final

from inbound.exchange import About
from inbound.strict_json import NUL_OR_SURROGATE
from payme_rpc.account import account_in
from payme_rpc.cash_box import CashBox
from payme_rpc.wire import ID_MAX_CHARACTERS

OF_A_PAYMENT: Final = frozenset({"PerformTransaction", "CancelTransaction", "CheckTransaction", "SetFiscalData"})
"""Methods that name a payment and no order: an account among their parameters means nothing."""


def read_about(box: CashBox | None, method: str, params: Any) -> About:
    """Without a cash box the account is unknown: it is the box that names its field."""
    if not isinstance(params, dict):
        return About()
    account = None if box is None or method in OF_A_PAYMENT else account_in(box, params.get("account"))
    return About(account, _id_in(params.get("id")))


def _id_in(value: Any) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= ID_MAX_CHARACTERS or NUL_OR_SURROGATE.search(value):
        return None
    return value

"""What is asked before a transaction: the account, then the order, and the amount last (Payme, "Methods")."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.sandbox.wrong.errors import FIELD, Crash, Refused, account_error
from tests.sandbox.wrong.store import AHEAD_MAX, LIFETIME, Order, Store

Json = Mapping[str, Any]

TWELVE_MINUTES: Final = 720_000
TEN_SECONDS: Final = 10_000
UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class OrderLookup:
    def __init__(self, store: Store, wrong: Callable[[str], bool]) -> None:
        self.store, self.wrong = store, wrong

    @property
    def lifetime(self) -> int:
        """Milliseconds."""
        if self.wrong("no_lifetime"):
            return 10**15
        return TWELVE_MINUTES if self.wrong("twelve_minutes") else LIFETIME

    @property
    def ahead_max(self) -> int:
        """Milliseconds."""
        if self.wrong("future_believed"):
            return 10**15
        return TEN_SECONDS if self.wrong("minute_ahead_refused") else AHEAD_MAX

    def amount(self, params: Json) -> int:
        amount = params.get("amount")
        if self.wrong("amount_as_text") and isinstance(amount, str) and amount.isdigit():
            return int(amount)
        if self.wrong("fraction_cut_off") and isinstance(amount, float):
            return int(amount)
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise Refused(-32600)
        return amount

    def order(self, params: Json, amount: int) -> Order:
        """By the account; what is malformed names no order."""
        given = params.get("account")
        if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
            raise account_error(-31050)
        value = given.get("order" if self.wrong("other_field") else FIELD)
        account = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if len(account) > 255 and self.wrong("long_account_500"):
            raise Crash
        if any(UNFIT.search(text) for text in given.values() if isinstance(text, str)):
            raise account_error(-31050)
        order = self.store.orders.get(account)
        if order is not None:
            return order
        if self.wrong("any_order") and account:
            return self.store.open_order(account, amount)
        raise Refused(-31001) if self.wrong("amount_before_account") else account_error(-31050)

    def payable(self, order: Order, amount: int, *, checking: bool) -> None:
        """The account has been found; now the order, and the amount last."""
        if self.wrong("cancelled_blocks") and any(p.order is order and p.state == -1 for p in self.store.payments):
            raise account_error(-31051)
        if order.expired():
            raise account_error(-31052)
        if order.reopened and self.wrong("reopened_refused"):
            raise account_error(-31051)
        unseen = self.wrong("paid_again") or (checking and self.wrong("paid_unseen_in_check"))
        if order.state != "awaiting" and not unseen:
            raise Refused(-31008) if self.wrong("paid_is_31008") else account_error(-31051)
        if self._busy(order, checking) and not self.wrong("second_id_taken"):
            raise Refused(-31008) if self.wrong("busy_is_31008") else account_error(-31053)
        unchecked = self.wrong("amount_unchecked_in_check" if checking else "amount_unchecked_in_create")
        if not unchecked and not self._fits(order, amount):
            raise Refused(-31001, str(order.amount) if self.wrong("amount_leaks") else None)

    def _busy(self, order: Order, checking: bool) -> bool:
        holder = self.store.pending(order)
        if self.wrong("balance_is_one_time") and not order.one_time:
            holder = next((p for p in self.store.payments if p.order is order and p.state == 1), None)
        if holder is None or (checking and self.wrong("busy_unseen_in_check")):
            return False
        expired = holder.expired(self.lifetime)
        if not expired and (not holder.may_be_replaced() or self.wrong("held_to_its_end")):
            return True
        if not checking and (expired or not self.wrong("replaced_lives")):
            holder.cancel(4)
        return False

    def _fits(self, order: Order, amount: int) -> bool:
        if not order.one_time:
            return amount > 0
        now_costs = order.opened_for if self.wrong("amended_unseen") else order.amount
        price = now_costs // 100 if self.wrong("som") else now_costs
        return amount in (price, price + 1) if self.wrong("one_tiyin_more") else amount == price

"""Totals are the counts and sums of an export's lines: by shop, and by the states of orders and payments."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

ROWS: Final = ("payments", "transitions", "events")

_OF_ORDER: Final = ("shop", "test", "state")
_OF_PAYMENT: Final = ("shop", "test", "provider", "state")


class Totals:
    """Adds lines up, as they are written and as they are read again. Sums are whole numbers of tiyin."""

    def __init__(self) -> None:
        self._counts = Counter(dict.fromkeys(("orders", *ROWS), 0))
        self._orders: dict[tuple[Any, ...], Counter[str]] = {}
        self._payments: dict[tuple[Any, ...], Counter[str]] = {}

    def add(self, line: Mapping[str, Any]) -> None:
        shop, test, order = line["shop"], line["test"], line["order"]
        if order is not None:
            self._counts["orders"] += 1
            of_state = self._orders.setdefault((shop, test, order["state"]), Counter())
            of_state["orders"] += 1
            for total in ("paid_total", "reversed_total"):
                of_state[total] += order[total]
        for name in ROWS:
            self._counts[name] += len(line[name])
        for payment in line["payments"]:
            of_kind = self._payments.setdefault((shop, test, payment["provider"], payment["state"]), Counter())
            of_kind["payments"] += 1
            of_kind["amount"] += payment["amount"]

    def __getitem__(self, name: str) -> int:
        """Count orders, payments, transitions or events."""
        return self._counts[name]

    def document(self) -> dict[str, Any]:
        """Give them as they stand in the manifest."""
        return {
            **self._counts,
            "by_order_state": [
                {**dict(zip(_OF_ORDER, key, strict=True)), **self._orders[key]} for key in sorted(self._orders)
            ],
            "by_payment_state": [
                {**dict(zip(_OF_PAYMENT, key, strict=True)), **self._payments[key]} for key in sorted(self._payments)
            ],
        }

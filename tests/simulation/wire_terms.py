"""An order's terms as the merchant API and the tables write them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.simulation.calls import Terms


def written(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Terms in the words of the merchant API, moments as they are."""
    out = dict(changes)
    if out.get("items") is not None:
        out["items"] = [line(out["items"])]
    if out.get("shipping") is not None:
        out["shipping"] = {"title": "Delivery", "price": out["shipping"]}
    return out


def read(body: Mapping[str, Any], expires_at: datetime | None) -> Terms:
    """Terms from an order as the API shows it, or from its row."""
    items, shipping = body.get("items"), body.get("shipping")
    return Terms(
        amount=body.get("amount"),
        min_amount=body.get("min_amount"),
        max_amount=body.get("max_amount"),
        expires_at=expires_at,
        description=body["description"],
        items=None if items is None else price_of(items),
        shipping=None if shipping is None else shipping["price"],
    )


def line(price: int) -> dict[str, Any]:
    """One unit of something."""
    codes = {"code": "01234567890123456", "package_code": "123456"}
    return {"title": "Tea", "price": price, "count": 1, "discount": 0, "vat_percent": 12} | codes


def price_of(items: Sequence[Mapping[str, Any]]) -> int:
    (only,) = items
    return int(only["price"])

"""A fiscal receipt has to come to what is paid: Σ(price × count − discount) + shipping = amount, exactly."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

FieldProblem = tuple[str, str]
"""A field, and what it must be."""


def fiscal_problems(
    amount: int, items: Sequence[Mapping[str, Any]] | None, shipping: Mapping[str, Any] | None
) -> list[FieldProblem]:
    """Return what keeps the lines from being the receipt of this amount, in tiyin; nothing where there are no lines.

    Prices and discounts are in tiyin. A discount is of the whole line.
    """
    if items is None:
        return [] if shipping is None else [("shipping", "needs items beside it")]
    return list(_line_problems(items)) or list(_sum_problems(amount, items, shipping))


def _line_problems(items: Sequence[Mapping[str, Any]]) -> Iterator[FieldProblem]:
    for index, item in enumerate(items):
        thousandths = _thousandths(item)
        if thousandths % 1000:
            yield f"items[{index}].count", "price × count must be a whole number of tiyin"
        elif item["discount"] * 1000 > thousandths:
            yield f"items[{index}].discount", "must not be more than price × count"


def _sum_problems(
    amount: int, items: Sequence[Mapping[str, Any]], shipping: Mapping[str, Any] | None
) -> Iterator[FieldProblem]:
    total = sum(_thousandths(item) // 1000 - item["discount"] for item in items)
    total += shipping["price"] if shipping else 0
    if total != amount:
        yield "amount", f"must be what the items and the shipping come to: {total}"


def _thousandths(item: Mapping[str, Any]) -> int:
    """Price × count in thousandths of a tiyin: counts have at most three places, so whole numbers hold it exactly."""
    return int(item["price"]) * int(Decimal(str(item["count"])) * 1000)

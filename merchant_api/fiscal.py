"""Checks that a receipt comes to what is paid: Σ(price × count − discount) + shipping = amount, exactly."""

from collections.abc import Iterator, Sequence

from merchant_api.wire import FieldError, Item, OneTimeRequest


def fiscal_errors(order: OneTimeRequest) -> list[FieldError]:
    """What keeps the order's items from being its receipt; nothing where it has none."""
    if order.items is None:
        return [] if order.shipping is None else [FieldError(field="shipping", message="needs items beside it")]
    return list(_line_errors(order.items)) or list(_sum_errors(order, order.items))


def _line_errors(items: Sequence[Item]) -> Iterator[FieldError]:
    for index, item in enumerate(items):
        thousandths = _thousandths(item)
        if thousandths % 1000:
            yield FieldError(field=f"items[{index}].count", message="price × count must be a whole number of tiyin")
        elif item.discount * 1000 > thousandths:
            yield FieldError(field=f"items[{index}].discount", message="must not be more than price × count")


def _sum_errors(order: OneTimeRequest, items: Sequence[Item]) -> Iterator[FieldError]:
    total = sum(_thousandths(item) // 1000 - item.discount for item in items)
    total += order.shipping.price if order.shipping else 0
    if total != order.amount:
        yield FieldError(field="amount", message=f"must be what the items and the shipping come to: {total}")


def _thousandths(item: Item) -> int:
    """Price × count in thousandths of a tiyin: counts have at most three places, so whole numbers hold it exactly."""
    return item.price * int(item.count * 1000)

"""Items make a receipt: it must come to what is paid, to the tiyin."""

from typing import Any

import pytest

from schema.values import MAX_AMOUNT
from tests.actors.payme import Payme
from tests.actors.shop import Shop

Json = dict[str, Any]


def line(price: Any, count: Any = 1, **more: Any) -> Json:
    code = {"code": "06109001001000000", "package_code": "1415510", "vat_percent": 12}
    return {"title": "Toy", "price": price, "count": count, **code, **more}


FITTING = [
    pytest.param(100, [line(100)], None, id="one"),
    pytest.param(5_000_000, [line(2_500_000, 2)], None, id="several"),
    pytest.param(290, [line(100, 3, discount=10)], None, id="discount is of the line"),
    pytest.param(350, [line(100), line(50, 4, discount=0)], 50, id="two lines and shipping"),
    pytest.param(1_999, [line(1999)], None, id="19.99 is not 1998"),
    pytest.param(15, [line(10, 1.5)], None, id="one and a half"),
    pytest.param(333, [line(1000, 0.333)], None, id="three places"),
    pytest.param(30, [line(100, 0.1), line(100, 0.2)], None, id="0.1 + 0.2"),
    pytest.param(7, [line(7), line(0, 3), line(5, 1, discount=5)], None, id="a gift"),
    pytest.param(1, [line(1)], 0, id="free shipping"),
    pytest.param(MAX_AMOUNT, [line(MAX_AMOUNT)], None, id="the largest"),
    pytest.param(MAX_AMOUNT, [line(MAX_AMOUNT - 1), line(1)], None, id="beyond a double"),
]

OFF = [
    pytest.param(101, [line(100)], None, "amount", "must be what the items and the shipping come to: 100", id="less"),
    pytest.param(99, [line(100)], None, "amount", "must be what the items and the shipping come to: 100", id="more"),
    pytest.param(100, [line(100)], 1, "amount", "must be what the items and the shipping come to: 101", id="shipping"),
    pytest.param(
        *(MAX_AMOUNT, [line(MAX_AMOUNT, 2)], None, "amount"),
        f"must be what the items and the shipping come to: {MAX_AMOUNT * 2}",
        id="by far",
    ),
    pytest.param(
        *(5, [line(5, 1.1)], None, "items[0].count", "price × count must be a whole number of tiyin"), id="half a tiyin"
    ),
    pytest.param(
        *(1, [line(1), line(1, 1, discount=2)], None, "items[1].discount", "must not be more than price × count"),
        id="a line that gives money",
    ),
]

COUNTS = [
    pytest.param(0, "must be above 0 and at most 1000000000", id="none"),
    pytest.param(-1, "must be above 0 and at most 1000000000", id="negative"),
    pytest.param(10**9 + 1, "must be above 0 and at most 1000000000", id="too many"),
    pytest.param(10**399, "must be above 0 and at most 1000000000", id="400 digits"),
    pytest.param(1.0001, "must have at most 3 decimal places", id="four places"),
    pytest.param("2", "must be a number", id="text"),
    pytest.param(True, "must be a number", id="true"),
    pytest.param(None, "must be a number", id="null"),
    pytest.param([1], "must be a number", id="list"),
]

FIELDS = [
    pytest.param({"title": ""}, "title", "must be at least 1 characters long", id="no title"),
    pytest.param({"price": -1}, "price", "must be at least 0", id="negative price"),
    pytest.param({"price": 1.5}, "price", "must be a whole number, not in quotes", id="price in so'm"),
    pytest.param({"price": 100.0}, "price", "must be a whole number, not in quotes", id="price with a point"),
    pytest.param({"price": "100"}, "price", "must be a whole number, not in quotes", id="price as text"),
    pytest.param({"code": "0610900100100000"}, "code", "must match ^[0-9]{17}$", id="16 digits"),
    pytest.param({"code": "0610900100100000٣"}, "code", "must match ^[0-9]{17}$", id="Arabic digit"),
    pytest.param({"code": "06109001001000000\n"}, "code", "must match ^[0-9]{17}$", id="newline"),
    pytest.param({"package_code": None}, "package_code", "must be a string", id="no package"),
    pytest.param({"vat_percent": 101}, "vat_percent", "must be at most 100", id="VAT above 100"),
    pytest.param({"vat_percent": 12.5}, "vat_percent", "must be a whole number, not in quotes", id="VAT with half"),
    pytest.param({"discount": -5}, "discount", "must be at least 0", id="negative discount"),
    pytest.param({"colour": "red"}, "colour", "is not a field of this object", id="unknown"),
]


@pytest.mark.parametrize(("amount", "items", "shipping"), FITTING)
async def test_a_receipt_that_comes_to_the_amount_is_taken(
    shop: Shop, amount: int, items: list[Json], shipping: int | None
):
    way = None if shipping is None else {"title": "By bicycle", "price": shipping}
    order = await shop.opens("1001", amount, items=items, shipping=way)
    assert order["items"] == [{"discount": 0, "units": None, **item} for item in items]
    assert order["shipping"] == way
    assert await shop.shows("1001") == order


@pytest.mark.parametrize(("amount", "items", "shipping", "field", "message"), OFF)
async def test_a_receipt_that_does_not_is_refused(
    shop: Shop, amount: int, items: list[Json], shipping: int | None, field: str, message: str
):
    way = None if shipping is None else {"title": "By bicycle", "price": shipping}
    order = {"account": "1001", "amount": amount, "items": items, "shipping": way}
    assert await shop.field_errors(order) == [(field, message)]
    assert await shop.states() == []


@pytest.mark.parametrize(("count", "message"), COUNTS)
async def test_a_count_is_a_number_of_at_most_three_places(shop: Shop, count: Any, message: str):
    order = {"account": "1001", "amount": 1, "items": [line(1, count)]}
    assert await shop.field_errors(order) == [("items[0].count", message)]


@pytest.mark.parametrize(("wrong", "field", "message"), FIELDS)
async def test_a_line_has_the_fields_of_the_tax_office(shop: Shop, wrong: Json, field: str, message: str):
    order = {"account": "1001", "amount": 1, "items": [line(1) | wrong]}
    assert await shop.field_errors(order) == [(f"items[0].{field}", message)]


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "1E+9999999999999999999", "0." + "1" * 390])
async def test_an_endless_number_is_refused_at_once(shop: Shop, number: str):
    body = b'{"account":"1","amount":1,"items":[{"count":%b,"price":1}],"metadata":{"a":%b}}' % ((number.encode(),) * 2)
    status, _, problem = await shop.calls("POST", "/api/v1/orders", body=body)
    assert status in (400, 422), problem


async def test_a_balance_has_no_receipt_beforehand(shop: Shop):
    order = {"account": "user-7", "kind": "accumulative", "items": [line(1)]}
    assert await shop.field_errors(order) == [("items", "is a field of one_time orders only")]


async def test_shipping_alone_is_no_receipt(shop: Shop):
    order = {"account": "1001", "amount": 1, "shipping": {"title": "By bicycle", "price": 1}}
    assert await shop.field_errors(order) == [("shipping", "needs items beside it")]


async def test_an_empty_receipt_is_refused(shop: Shop):
    order = {"account": "1001", "amount": 1, "items": []}
    assert await shop.field_errors(order) == [("items", "must have at least 1 entries, or be null")]


async def test_payme_gets_the_receipt_as_the_shop_sent_it(shop: Shop, payme: Payme):
    await shop.opens("1001", 15, items=[line(10, 1.5)])
    answer = await payme.says("CheckPerformTransaction", amount=15, account={"order_id": "1001"})
    assert answer["detail"]["items"] == [line(10, 1.5) | {"discount": 0}]

"""Which order a call was about is noted of every call, whatever came of it."""

from urllib.parse import quote

import pytest

WRONG = "no-token-of-anybody-0123456789-abcdefghij"


async def test_of_every_path_of_an_order(written, shop):
    await shop.opens("1001")
    for method, path in (
        ("GET", ""),
        ("GET", "/payments"),
        ("PATCH", ""),
        ("POST", "/cancel"),
        ("POST", "/release"),
        ("POST", "/reopen"),
        ("POST", "/deliver"),
        ("POST", "/nonsense"),
        ("DELETE", ""),
    ):
        await shop.calls(method, f"/api/v1/orders/1001{path}", json={"nonsense": 1})
        await shop.with_token(WRONG).calls(method, f"/api/v1/orders/1001{path}")
    assert set(written.about()) == {("1001", None)}


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/orders/", "/api/openapi.json", "/api/nonsense", "/api/"])
async def test_what_names_no_order_is_about_none(written, shop, path):
    await shop.calls("GET", path)
    await shop.with_token(WRONG).calls("GET", path)
    assert set(written.about()) == {(None, None)}


@pytest.mark.parametrize(
    ("order", "account"),
    [
        ({"account": "1001", "amount": 5}, "1001"),
        ({"account": "1001", "amount": "five"}, "1001"),
        ({"account": "1001"}, "1001"),
        ({"account": "x" * 256, "amount": 5}, None),
        ({"account": "a\x1b[31m", "amount": 5}, None),
        ({"account": 1001, "amount": 5}, None),
        ({"account": ["1001"], "amount": 5}, None),
        ({"amount": 5}, None),
        (["1001"], None),
        ("1001", None),
    ],
)
async def test_a_new_order_is_named_by_its_body(written, shop, journal_rows, order, account):
    await shop.calls("POST", "/api/v1/orders", json=order)
    assert [row.about for row in await journal_rows(1)] == [account]
    assert written.about() == [(account, None)]


async def test_without_a_token_a_body_is_not_read(written, shop):
    await shop.with_token(WRONG).posts("1001")
    assert written.about() == [(None, None)]


@pytest.mark.parametrize(
    ("segment", "account"),
    [
        (quote("a/b", safe=""), "a/b"),
        (quote("Ўзбек 1", safe=""), "Ўзбек 1"),
        ("%2E%2E", ".."),
        ("x" * 256, None),
        ("%00", None),
        ("%ff", None),
        ("a%1b%5b31m", None),
        ("%ED%A0%BD", None),
    ],
)
async def test_a_path_is_decoded_as_the_order_is(written, shop, journal_rows, segment, account):
    await shop.calls("GET", f"/api/v1/orders/{segment}")
    assert [row.about for row in await journal_rows(1)] == [account]
    assert written.about() == [(account, None)]

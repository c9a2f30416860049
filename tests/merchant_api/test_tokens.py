"""Bearer tokens: each is accepted for its own shop, and for no other."""

from pathlib import Path

import pytest

from tests.actors.shop import Shop

TOYS, TOYS_NEXT = "toys-token-0123456789-abcdefghijklmnop", "toys-token-next-9876543210-ponmlkjihg"
BOOKS = "books-token-0123456789-abcdefghijklmno"

several_shops = pytest.mark.settings(TIYIN_CONFIG=str(Path(__file__).with_name("shops.toml")))

CALLS = [
    ("GET", "/api/v1/orders"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/orders/1001"),
    ("POST", "/api/v1/orders/1001/cancel"),
    ("POST", "/api/v1/orders/1001/deliver"),
]

WITHOUT_A_TOKEN = [
    pytest.param({}, 'Bearer realm="tiyin"', id="none"),
    pytest.param({"Authorization": ""}, 'Bearer realm="tiyin", error="invalid_token"', id="empty"),
    pytest.param({"Authorization": "Bearer"}, 'Bearer realm="tiyin", error="invalid_token"', id="no token"),
    pytest.param({"Authorization": "Bearer "}, 'Bearer realm="tiyin", error="invalid_token"', id="empty token"),
    pytest.param({"Authorization": "Bearer wrong"}, 'Bearer realm="tiyin", error="invalid_token"', id="wrong"),
    pytest.param({"Authorization": "Bearer ключ"}, 'Bearer realm="tiyin", error="invalid_token"', id="Cyrillic"),
    pytest.param({"Authorization": "Bearer {token}x"}, 'Bearer realm="tiyin", error="invalid_token"', id="longer"),
    pytest.param({"Authorization": "Basic {token}"}, 'Bearer realm="tiyin", error="invalid_token"', id="scheme"),
    pytest.param({"Authorization": "{token}"}, 'Bearer realm="tiyin", error="invalid_token"', id="no scheme"),
    pytest.param({"X-Api-Key": "{token}"}, 'Bearer realm="tiyin"', id="another header"),
]


@pytest.mark.parametrize(("headers", "challenge"), WITHOUT_A_TOKEN)
async def test_a_call_without_a_good_token_is_refused(shop: Shop, headers: dict[str, str], challenge: str):
    sent = {name: value.format(token=shop.token) for name, value in headers.items()}
    for method, path in CALLS:
        order = {"account": "1001", "amount": 1}
        async with shop.http.request(method, shop.url + path, json=order, headers=sent) as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, challenge)
            assert await answer.json(content_type="application/problem+json") == {
                "type": "urn:problem-type:tiyin:unauthorized",
                "title": "A valid API token is needed",
                "status": 401,
                "detail": "Send the shop's token in the header Authorization: Bearer TOKEN.",
                "errors": [],
            }
    assert await shop.states() == []


async def test_two_tokens_in_one_call_are_none(shop: Shop):
    headers = [("Authorization", f"Bearer {shop.token}")] * 2
    async with shop.http.get(f"{shop.url}/api/v1/orders", headers=headers) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_written_in_any_case(shop: Shop, scheme: str):
    assert (
        await shop.calls("GET", "/api/v1/orders", headers={"Authorization": f"{scheme} {shop.token}"})
    ).status == 200


@several_shops
async def test_a_token_names_its_shop_alone(shop: Shop):
    toys, books = shop.with_token(TOYS), shop.with_token(BOOKS)
    await toys.opens("1001", 100)
    await books.opens("1001", 200)
    for each, amount in ((shop, None), (toys, 100), (books, 200)):
        assert [order["amount"] for order in (await each.lists())["items"]] == ([amount] if amount else [])


@several_shops
@pytest.mark.parametrize(("method", "path"), CALLS[2:])
async def test_a_token_never_opens_another_shop(shop: Shop, method: str, path: str):
    order = await shop.opens("1001")
    assert await shop.with_token(TOYS).refused(method, path) == (404, "order_not_found")
    assert await shop.shows("1001") == order


@several_shops
async def test_a_cursor_of_one_shop_shows_another_only_its_own(shop: Shop):
    toys = shop.with_token(TOYS)
    for account in ("1", "2", "3"):
        await shop.opens(account)
    await toys.opens("mine")
    page = await shop.lists("?limit=1")
    listed = await toys.lists(f"?cursor={page['next']}")
    assert all(order["account"] == "mine" for order in listed["items"])


@several_shops
async def test_an_idempotency_key_is_the_shop_s_own(shop: Shop):
    order, key = {"account": "1001", "amount": 100}, {"Idempotency-Key": "one"}
    answers = [await each.calls("POST", "/api/v1/orders", order, headers=key) for each in (shop, shop.with_token(TOYS))]
    assert [(answer.status, answer.headers.get("Idempotency-Replayed")) for answer in answers] == [(201, None)] * 2


@several_shops
async def test_a_shop_may_have_two_tokens_while_it_changes_them(shop: Shop):
    order = await shop.with_token(TOYS).opens("1001")
    assert await shop.with_token(TOYS_NEXT).shows("1001") == order


@several_shops
async def test_links_lead_to_the_shop_s_own_providers(shop: Shop):
    toys, books = [await shop.with_token(token).opens("1001") for token in (TOYS, BOOKS)]
    assert (list(toys["links"]), list(books["links"])) == (["payme"], ["click"])
    assert "service_id=99" in books["links"]["click"]


@pytest.mark.settings(API_TOKEN=None)
async def test_without_a_token_there_is_no_api(shop: Shop):
    assert (await shop.calls("GET", "/api/v1/orders")).status == 404

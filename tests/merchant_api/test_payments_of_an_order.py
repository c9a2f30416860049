"""The payments of an order: the newest with the order itself, all of them as a list, and what they come to."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from core.clock import Clock as Clocks
from gateway.app import build_app
from gateway.config.settings import Settings
from schema.values import to_ms
from tests.actors.payme import Payme, creation
from tests.actors.shop import Shop
from tests.clock import Clock

BALANCE = "user-7"
PAYMENTS = f"/api/v1/orders/{BALANCE}/payments"
PRICE = 100


@pytest.fixture
async def second_payme(payme: Payme, settings: Settings, database_url: str, clock: Clocks) -> AsyncIterator[Payme]:
    """Payme at a second process: its ids come from a block of its own."""
    async with TestServer(await build_app(settings, database_url, clock, clock.of_database)) as server:
        yield Payme(payme.http, str(server.make_url("/payment/callback/payme")), payme.key)


async def begun(payme: Payme, clock: Clock, name: str) -> None:
    assert isinstance(await payme.says("CreateTransaction", **creation(name, to_ms(clock.now()), BALANCE, PRICE)), dict)
    clock.advance(seconds=1)


async def test_the_newest_are_shown_whatever_process_took_them(
    shop: Shop, payme: Payme, second_payme: Payme, clock: Clock
):
    await shop.opens(BALANCE, None, kind="accumulative")
    await begun(payme, clock, "the first")
    for number in range(100):
        await begun(second_payme, clock, f"then-{number}")
    await begun(payme, clock, "the last")  # with an id from the first one's block
    shown = await shop.shows(BALANCE)
    assert [payment["external_id"] for payment in shown["payments"]] == [
        *(f"then-{number}" for number in range(1, 100)),
        "the last",
    ]
    assert shown["totals"] == {"payments": 102, "paid": 0, "reversed": 0}
    status, _, again = await shop.posts(BALANCE, None, kind="accumulative")
    assert (status, again) == (200, shown)


async def test_all_are_listed_from_the_newest_to_the_oldest_without_a_gap(
    shop: Shop, payme: Payme, second_payme: Payme, clock: Clock
):
    await shop.opens(BALANCE, None, kind="accumulative")
    for number in range(7):
        await begun((payme, second_payme)[number % 2], clock, str(number))
    listed, cursor, pages = [], "", 0
    while cursor is not None:
        _, _, page = await shop.calls("GET", f"{PAYMENTS}?limit=3&cursor={cursor}")
        listed += [payment["external_id"] for payment in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert (listed, pages) == (["6", "5", "4", "3", "2", "1", "0"], 3)


async def test_a_payment_in_the_list_is_the_one_of_the_order(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await payme.says("CreateTransaction", **creation("5f3a", to_ms(clock.now()), amount=500_00))
    _, _, page = await shop.calls("GET", "/api/v1/orders/1001/payments")
    assert page == {"test": False, "items": (await shop.shows("1001"))["payments"], "next": None}


async def test_an_order_shows_what_its_payments_come_to(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens(BALANCE, None, kind="accumulative")
    for name in ("kept", "given back", "declined", "pending"):
        await begun(payme, clock, name)
    for name in ("kept", "given back"):
        await payme.says("PerformTransaction", id=name)
    for name, reason in (("given back", 5), ("declined", 3)):
        await payme.says("CancelTransaction", id=name, reason=reason)
    totals = {"payments": 4, "paid": PRICE, "reversed": PRICE}
    assert (await shop.shows(BALANCE))["totals"] == totals
    assert [order["totals"] for order in (await shop.lists())["items"]] == [totals]


async def test_an_order_that_nobody_has_has_no_list(shop: Shop):
    assert await shop.refused("GET", "/api/v1/orders/nobody/payments") == (404, "order_not_found")


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("state=lost", "state", "is not a parameter of this list"),
        ("limit=0", "limit", "must be a whole number from 1 to 100"),
        ("limit=1&limit=2", "limit", "came twice"),
        ("cursor=1", "cursor", "must be the `next` of an earlier page"),
    ],
)
async def test_a_bad_query_names_the_parameter(shop: Shop, query: str, field: str, message: str):
    await shop.opens(BALANCE, None, kind="accumulative")
    status, _, problem = await shop.calls("GET", f"{PAYMENTS}?{query}")
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])

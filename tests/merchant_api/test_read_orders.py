"""Reading orders: one, and pages of them."""

from typing import Any

import pytest

from core import moment_text
from schema.values import OrderState, to_ms
from tests.actors.payme import Payme
from tests.actors.shop import Shop, without_links
from tests.clock import Clock

UNKNOWN = [
    pytest.param("1002", id="another"),
    pytest.param("%31%30%30%32", id="escaped"),
    pytest.param("%00", id="NUL"),
    pytest.param("a%0Ab", id="newline"),
    pytest.param("%FF", id="not UTF-8"),
    pytest.param("%ED%A0%80", id="surrogate"),
    pytest.param("a" * 256, id="256 characters"),
    pytest.param("%ZZ", id="broken escape"),
]

BAD_QUERIES = [
    pytest.param("limit=0", "limit", "must be a whole number from 1 to 100", id="none"),
    pytest.param("limit=101", "limit", "must be a whole number from 1 to 100", id="too many"),
    pytest.param("limit=-1", "limit", "must be a whole number from 1 to 100", id="negative"),
    pytest.param("limit=1.5", "limit", "must be a whole number from 1 to 100", id="fraction"),
    pytest.param("limit=%D9%A3", "limit", "must be a whole number from 1 to 100", id="Arabic digit"),
    pytest.param("limit=" + "9" * 5000, "limit", "must be a whole number from 1 to 100", id="5000 digits"),
    pytest.param(*("state=open", "state", f"must be one of {', '.join(OrderState)}"), id="state"),
    pytest.param("cursor=1", "cursor", "must be the `next` of an earlier page", id="short cursor"),
    pytest.param("cursor=%00", "cursor", "must be the `next` of an earlier page", id="NUL cursor"),
    pytest.param("cursor=%D0%B6", "cursor", "must be the `next` of an earlier page", id="Cyrillic cursor"),
    pytest.param("cursor=OTk5OTk5OTk5OTk5OTk5LjE", "cursor", "must be the `next` of an earlier page", id="far cursor"),
    pytest.param("limt=5", "limt", "is not a parameter of this list", id="unknown"),
    pytest.param("limit=5&limit=6", "limit", "came twice", id="twice"),
]


async def test_an_order_shows_its_payments(shop: Shop, payme: Payme, clock: Clock):
    order = await shop.opens("1001", 500_00)
    began, opened_at = moment_text(clock.now()), payme_time(clock)
    await payme.says("CreateTransaction", id="5f3a", time=opened_at, amount=500_00, account={"order_id": "1001"})
    clock.advance(seconds=5)
    await payme.says("PerformTransaction", id="5f3a")
    shown = await shop.shows("1001")
    [payment] = shown["payments"]
    assert payment.pop("id") > 0
    assert payment == {
        "provider": "payme",
        "external_id": "5f3a",
        "amount": 500_00,
        "state": "paid",
        "reason": None,
        "created_at": began,
        "performed_at": moment_text(clock.now()),
        "cancelled_at": None,
        "click_paydoc_id": None,
        "click_trans_id": None,
        "fiscal": {"perform": None, "cancel": None, "perform_failure": None, "cancel_failure": None},
    }
    totals = {"payments": 1, "paid": 500_00, "reversed": 0}
    paid = {**order, "state": "paid", "version": 2, "payments": shown["payments"], "totals": totals}
    assert without_links(shown) == without_links(paid)


async def test_a_balance_shows_every_payment_oldest_first(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("user-7", None, kind="accumulative")
    for number in range(3):
        paid = {"id": f"5f3{number}", "time": payme_time(clock), "amount": 100, "account": {"order_id": "user-7"}}
        await payme.says("CreateTransaction", **paid)
        await payme.says("PerformTransaction", id=paid["id"])
        clock.advance(seconds=1)
    shown = await shop.shows("user-7")
    assert [payment["external_id"] for payment in shown["payments"]] == ["5f30", "5f31", "5f32"]
    assert (shown["state"], shown["version"]) == ("awaiting", 6)


@pytest.mark.parametrize("segment", UNKNOWN)
async def test_an_order_that_nobody_has_is_not_found(shop: Shop, segment: str):
    assert await shop.refused("GET", f"/api/v1/orders/{segment}") == (404, "order_not_found")


async def test_an_escaped_account_is_the_same_account(shop: Shop):
    order = await shop.opens("1001")
    assert (await shop.calls("GET", "/api/v1/orders/%31%30%30%31")).body == order


async def test_pages_go_from_the_newest_to_the_oldest_without_a_gap(shop: Shop, clock: Clock):
    for number in range(7):
        await shop.opens(str(number))
        clock.advance(milliseconds=number % 2)  # some are equally old
    listed, cursor, pages = [], "", 0
    while cursor is not None:
        page = await shop.lists(f"?limit=3&cursor={cursor}")
        listed += [order["account"] for order in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert (listed, pages) == (["6", "5", "4", "3", "2", "1", "0"], 3)


async def test_orders_that_come_between_two_pages_move_nothing(shop: Shop, clock: Clock):
    for number in range(4):
        await shop.opens(str(number))
        clock.advance(milliseconds=1)
    page = await shop.lists("?limit=2")
    await shop.opens("late")
    rest = await shop.lists(f"?limit=2&cursor={page['next']}")
    assert (accounts(page), accounts(rest), rest["next"]) == (["3", "2"], ["1", "0"], None)


async def test_a_list_shows_orders_whole(shop: Shop):
    toys = await shop.opens("1001", 500_00, description="Toys", metadata={"a": 1.5})
    assert await shop.lists() == {"test": False, "items": [toys], "next": None}


async def test_a_list_may_ask_for_one_state(shop: Shop):
    for account in ("1", "2", "3"):
        await shop.opens(account)
    await shop.closes("2")
    assert accounts(await shop.lists("?state=cancelled")) == ["2"]
    assert accounts(await shop.lists("?state=awaiting")) == ["3", "1"]
    assert accounts(await shop.lists("?state=paid")) == []
    assert accounts(await shop.lists("?state=&limit=&cursor=")) == ["3", "2", "1"]


async def test_a_page_has_fifty_orders_unless_asked_otherwise(shop: Shop):
    for number in range(51):
        await shop.opens(str(number))
    assert len((await shop.lists())["items"]) == 50
    assert len((await shop.lists("?limit=100"))["items"]) == 51


@pytest.mark.parametrize(("query", "field", "message"), BAD_QUERIES)
async def test_a_bad_query_names_the_parameter(shop: Shop, query: str, field: str, message: str):
    status, _, problem = await shop.calls("GET", f"/api/v1/orders?{query}")
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])


async def test_head_answers_like_get_without_its_body(shop: Shop):
    await shop.opens("1001")
    got, head = [await shop.asks(method, "/api/v1/orders/1001") for method in ("GET", "HEAD")]
    assert (head.status, head.body) == (200, "")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def accounts(page: dict[str, Any]) -> list[str]:
    return [order["account"] for order in page["items"]]


def payme_time(clock: Clock) -> int:
    return to_ms(clock.now())

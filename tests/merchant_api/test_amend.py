"""The terms of an order change while nobody has paid it and nobody is paying."""

from datetime import timedelta
from typing import Any

import pytest

from core import moment_text
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock

ORDER = "/api/v1/orders/1001"

ITEM = {
    "title": "Toy",
    "price": 1_000_000,
    "count": 3,
    "code": "06109001001000000",
    "package_code": "1415510",
    "vat_percent": 12,
    "discount": 0,
    "units": None,
}
TOMORROW = "2999-01-01T00:00:00.000Z"


async def test_the_price_changes_and_old_links_are_refused(shop: Shop, payme: Payme, click: Click):
    opened = await shop.opens("1001", OK)
    amended = await shop.amends("1001", amount=OK - 100)
    assert amended.pop("links") != opened.pop("links")
    assert amended == {**opened, "amount": OK - 100, "version": 1}
    assert await payme.checks("1001", OK) == -31001
    assert (await click.prepares("1001", "50000"))["error"] == -2
    assert await payme.checks("1001", OK - 100) == {"allow": True}
    assert await shop.transitions() == ["open", "amend"]
    assert await shop.events() == ["order.amended"]


async def test_the_amended_order_is_paid_with_its_new_amount(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await shop.amends("1001", amount=1)
    assert await payme.creates("5f3a", to_ms(clock.now()), "1001", OK) == -31001
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 1)
    assert (await payme.performs("5f3a"))["state"] == 2
    assert (await shop.shows("1001"))["totals"] == {"payments": 1, "paid": 1, "reversed": 0}


async def test_the_event_says_since_which_version_the_new_terms_hold(shop: Shop):
    await shop.opens("1001", OK)
    amended = await shop.amends("1001", amount=7)
    [(payload,)] = await shop.reads("SELECT payload FROM outbox WHERE shop = 'main'")
    order = {"account": "1001", "kind": "one_time", "amount": 7, "state": "awaiting", "version": amended["version"]}
    assert (payload["type"], payload["data"]) == ("order.amended", {"order": order, "payment": None})


async def test_every_term_changes_and_what_is_left_out_stays(shop: Shop):
    shipping = {"title": "By bicycle", "price": 500_000}
    notes = {"cart": 7}
    opened = await shop.opens("1001", OK, description="Toys", metadata=notes)
    changes = {"amount": 3_500_000, "items": [ITEM], "shipping": shipping, "expires_at": TOMORROW}
    amended = await shop.amends("1001", **changes)
    assert {name: amended[name] for name in changes} == changes
    assert (amended["description"], amended["metadata"]) == ("Toys", notes)
    assert amended == await shop.shows("1001")
    renamed = await shop.amends("1001", description="Other toys")
    assert renamed == {**amended, "description": "Other toys", "version": 2}
    assert renamed == await shop.shows("1001")
    taken_away = await shop.amends("1001", items=None, shipping=None, expires_at=None, description=None, amount=OK)
    assert taken_away == {**opened, "description": None, "version": 3}
    assert taken_away == await shop.shows("1001")


async def test_the_receipt_that_payme_gets_is_the_new_one(shop: Shop, payme: Payme):
    await shop.opens("1001", OK)
    await shop.amends("1001", amount=3_000_000, items=[ITEM])
    allowed = await payme.checks("1001", 3_000_000)
    assert [(item["title"], item["count"]) for item in allowed["detail"]["items"]] == [("Toy", 3)]


async def test_the_limits_of_a_balance_change(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative", min_amount=100, max_amount=200)
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 150)
    amended = await shop.amends("1001", min_amount=None, max_amount=120)
    assert (amended["min_amount"], amended["max_amount"], amended["state"]) == (None, 120, "awaiting")
    assert (await payme.checks("1001", 1), await payme.checks("1001", 121)) == ({"allow": True}, -31001)
    assert (await payme.performs("5f3a"))["state"] == 2, "what was begun before may end"


async def test_the_same_again_changes_nothing(shop: Shop):
    await shop.opens("1001", OK)
    amended = await shop.amends("1001", amount=7, description="Toys")
    assert await shop.amends("1001", description="Toys", amount=7) == amended
    assert await shop.amends("1001", amount=7) == amended
    assert await shop.transitions() == ["open", "amend"]


async def test_the_shops_first_request_is_still_a_repeat(shop: Shop):
    await shop.opens("1001", OK)
    amended = await shop.amends("1001", amount=7)
    status, _, repeated = await shop.posts("1001", OK)
    assert (status, repeated) == (200, amended)
    assert (await shop.posts("1001", 7)).status == 409


async def test_a_debit_of_the_old_amount_that_comes_late_is_given_back(
    shop: Shop, click: Click, clock: Clock, core: Any
):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    await shop.amends("1001", amount=499_00)
    for _ in range(2):
        assert (await click.completes(prepare_id, "1001"))["error"] == -9
    await shop.amends("1001", amount=500_00)
    assert (await click.completes(prepare_id, "1001"))["error"] == -9, "the money is on its way back"


async def test_a_debit_of_the_amount_that_holds_again_pays(shop: Shop, click: Click, clock: Clock, core: Any):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    await shop.amends("1001", amount=499_00)
    await shop.amends("1001", amount=500_00)
    assert (await click.completes(prepare_id, "1001"))["error"] == 0
    assert await shop.states() == [("paid", "paid")]


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        pytest.param(["creates"], "order_busy", id="held"),
        pytest.param(["creates", "performs"], "order_paid", id="paid"),
        pytest.param(["creates", "performs", "cancels"], "order_refunded", id="refunded"),
        pytest.param(["closes"], "order_cancelled", id="withdrawn"),
        pytest.param(["expires"], "order_expired", id="expired"),
        pytest.param(["expires", "sweeps"], "order_expired", id="expired and swept"),
    ],
)
async def test_only_an_order_that_awaits_its_payment_is_amended(
    shop: Shop, payme: Payme, clock: Clock, core: Any, steps: list[str], word: str
):
    await shop.opens("1001", OK, expires_at=moment_text(clock.now() + timedelta(hours=1)))
    for step in steps:
        match step:
            case "creates":
                await payme.creates("5f3a", to_ms(clock.now()))
            case "performs":
                await payme.performs("5f3a")
            case "cancels":
                await payme.cancels("5f3a", 5)
            case "closes":
                await shop.closes("1001")
            case "expires":
                clock.advance(hours=1, milliseconds=1)
            case "sweeps":
                await core.sweeper.sweep()
    before = await shop.shows("1001")
    assert await shop.refused("PATCH", ORDER, {"amount": 7, "expires_at": TOMORROW}) == (409, word)
    assert await shop.shows("1001") == before


async def test_an_order_that_nobody_has_is_not_found(shop: Shop):
    assert await shop.refused("PATCH", ORDER, {"amount": 1}) == (404, "order_not_found")


WHOLE = "must be a whole number, not in quotes"
WRONG = [
    pytest.param(
        {},
        "body",
        "must name what changes: amount, min_amount, max_amount, expires_at, description, items, shipping, return_url,"
        " lang, card_type",
        id="nothing",
    ),
    pytest.param([], "body", "must be an object", id="array"),
    pytest.param({"amount": "5"}, "amount", WHOLE, id="text"),
    pytest.param({"amount": 1.5}, "amount", WHOLE, id="fraction"),
    pytest.param({"amount": True}, "amount", WHOLE, id="true"),
    pytest.param({"amount": 0}, "amount", "must be at least 1", id="nothing to pay"),
    pytest.param({"amount": -1}, "amount", "must be at least 1", id="negative"),
    pytest.param({"amount": 2**53}, "amount", "must be at most 9007199254740991", id="too much"),
    pytest.param(
        {"amount": None}, "amount", "must be a whole number: a one-time order is never without", id="no amount"
    ),
    pytest.param({"account": "1002"}, "account", "is not a field of this object", id="account"),
    pytest.param({"metadata": {}}, "metadata", "is not a field of this object", id="metadata"),
    pytest.param({"strict_expiry": True}, "strict_expiry", "is not a field of this object", id="strict"),
    pytest.param({"state": "paid"}, "state", "is not a field of this object", id="state"),
    pytest.param({"max_amount": 5}, "max_amount", "is a field of accumulative orders only", id="limit"),
    pytest.param({"min_amount": None}, "min_amount", "is a field of accumulative orders only", id="null limit"),
    pytest.param({"items": []}, "items", "must have at least 1 entries, or be null", id="no items"),
    pytest.param(
        {"items": [ITEM]},
        "amount",
        "must be what the items and the shipping come to: 3000000",
        id="items of another sum",
    ),
    pytest.param({"shipping": {"title": "a", "price": 1}}, "shipping", "needs items beside it", id="shipping alone"),
    pytest.param(
        {"expires_at": "2026-11-22 10:00"},
        "expires_at",
        "must be an ISO 8601 time with its offset, such as 2026-11-22T10:15:30Z",
        id="no offset",
    ),
    pytest.param({"expires_at": "2000-01-01T00:00:00Z"}, "expires_at", "must lie in the future", id="past"),
    pytest.param({"description": "x" * 1001}, "description", "must be at most 1000 characters long", id="too long"),
    pytest.param({"description": 5}, "description", "must be a string", id="number"),
]


@pytest.mark.parametrize(("sent", "field", "message"), WRONG)
async def test_a_wrong_change_is_refused_whole(shop: Shop, sent: Any, field: str, message: str):
    opened = await shop.opens("1001", OK)
    status, _, problem = (
        await shop.calls("PATCH", ORDER, body=b"{}") if sent == {} else await shop.calls("PATCH", ORDER, sent)
    )
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])
    assert await shop.shows("1001") == opened


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        pytest.param({"amount": 5}, "amount", "is a field of one_time orders only", id="amount"),
        pytest.param({"items": [ITEM]}, "items", "is a field of one_time orders only", id="items"),
        pytest.param({"shipping": None}, "shipping", "is a field of one_time orders only", id="shipping"),
        pytest.param({"max_amount": 99}, "max_amount", "must not be below min_amount", id="below the least"),
        pytest.param({"min_amount": 201}, "max_amount", "must not be below min_amount", id="above the most"),
        pytest.param({"min_amount": 0}, "min_amount", "must be at least 1", id="no least"),
        pytest.param({"amount": None}, "amount", "is a field of one_time orders only", id="no amount"),
    ],
)
async def test_a_wrong_change_of_a_balance_is_refused(shop: Shop, sent: Any, field: str, message: str):
    opened = await shop.opens("1001", None, kind="accumulative", min_amount=100, max_amount=200)
    status, _, problem = await shop.calls("PATCH", ORDER, sent)
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])
    assert await shop.shows("1001") == opened


async def test_everything_that_is_wrong_is_told_at_once(shop: Shop):
    await shop.opens("1001", OK)
    _, _, problem = await shop.calls(
        "PATCH", ORDER, {"max_amount": 5, "items": [ITEM], "expires_at": "2000-01-01T00:00:00Z"}
    )
    assert [error["field"] for error in problem["errors"]] == ["max_amount", "amount", "expires_at"]


async def test_a_strict_order_keeps_an_expiry(shop: Shop):
    await shop.opens("1001", OK, expires_at=TOMORROW, strict_expiry=True)
    status, _, problem = await shop.calls("PATCH", ORDER, {"expires_at": None})
    message = "must be a time: the order was opened with strict_expiry"
    assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": message}])


async def test_a_body_that_is_not_json_is_refused(shop: Shop):
    await shop.opens("1001", OK)
    for body in (b"", b"{", b'{"amount": 1, "amount": 2}'):
        assert await shop.refused("PATCH", ORDER, body=body) == (400, "unreadable")

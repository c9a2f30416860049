"""Withdrawing an order, and marking its goods as handed over."""

from typing import Any

import pytest

from schema.values import to_ms
from tests.actors.payme import Payme
from tests.actors.shop import Shop, without_links
from tests.clock import Clock

CANCEL, DELIVER = "/api/v1/orders/1001/cancel", "/api/v1/orders/1001/deliver"


async def pays(payme: Payme, clock: Clock, steps: int, account: str = "1001") -> None:
    """The first so many steps of a payment's life."""
    life = [
        ("CreateTransaction", {"time": to_ms(clock.now()), "amount": 500_00, "account": {"order_id": account}}),
        ("PerformTransaction", {}),
        ("CancelTransaction", {"reason": 5}),
    ]
    for method, params in life[:steps]:
        await payme.says(method, id="5f3a", **params)


async def test_an_order_that_nobody_holds_is_withdrawn(shop: Shop, payme: Payme):
    order = await shop.opens("1001", 500_00)
    assert without_links(await shop.closes("1001")) == without_links({**order, "state": "cancelled", "version": 1})
    assert await payme.says("CheckPerformTransaction", amount=500_00, account={"order_id": "1001"}) == -31051
    assert await shop.transitions() == ["open", "close"]


async def test_withdrawing_again_changes_nothing(shop: Shop):
    await shop.opens("1001")
    assert await shop.closes("1001") == await shop.closes("1001")
    assert await shop.transitions() == ["open", "close"]


@pytest.mark.parametrize(
    ("steps", "word", "state"),
    [
        pytest.param(1, "order_busy", ("pending", "reserved"), id="held"),
        pytest.param(2, "order_paid", ("paid", "paid"), id="paid"),
        pytest.param(3, "order_refunded", ("reversed", "refunded"), id="refunded"),
    ],
)
async def test_a_held_paid_or_refunded_order_is_not_withdrawn(
    shop: Shop, payme: Payme, clock: Clock, steps: int, word: str, state: tuple[str, str]
):
    await shop.opens("1001", 500_00)
    await pays(payme, clock, steps)
    assert await shop.refused("POST", CANCEL) == (409, word)
    assert await shop.states() == [state]


async def test_an_order_is_withdrawn_after_an_attempt_has_ended(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await pays(payme, clock, 1)
    await payme.says("CancelTransaction", id="5f3a", reason=3)
    withdrawn = await shop.closes("1001")
    assert (withdrawn["state"], [payment["state"] for payment in withdrawn["payments"]]) == ("cancelled", ["cancelled"])


async def test_a_held_balance_is_not_withdrawn_but_a_paid_one_is(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative")
    await pays(payme, clock, 1)
    assert await shop.refused("POST", CANCEL) == (409, "order_busy")
    await payme.says("PerformTransaction", id="5f3a")
    assert (await shop.closes("1001"))["state"] == "cancelled"


async def test_goods_that_were_handed_over_are_not_refunded(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await pays(payme, clock, 2)
    paid = await shop.shows("1001")
    assert await shop.delivers("1001") == {**paid, "version": 3}
    assert await payme.says("CancelTransaction", id="5f3a", reason=5) == -31007
    assert await shop.states() == [("paid", "paid")]


async def test_delivering_again_changes_nothing(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await pays(payme, clock, 2)
    assert await shop.delivers("1001") == await shop.delivers("1001")
    assert await shop.transitions() == ["open", "create", "perform", "deliver"]


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        pytest.param(0, "order_not_paid", id="awaiting"),
        pytest.param(1, "order_not_paid", id="held"),
        pytest.param(3, "order_refunded", id="refunded"),
    ],
)
async def test_only_a_paid_order_is_delivered(shop: Shop, payme: Payme, clock: Clock, steps: int, word: str):
    await shop.opens("1001", 500_00)
    await pays(payme, clock, steps)
    assert await shop.refused("POST", DELIVER) == (409, word)


async def test_a_withdrawn_order_is_not_delivered(shop: Shop):
    await shop.opens("1001")
    await shop.closes("1001")
    assert await shop.refused("POST", DELIVER) == (409, "order_cancelled")


@pytest.mark.parametrize("path", [CANCEL, DELIVER])
async def test_an_order_that_nobody_has_is_not_found(shop: Shop, path: str):
    assert await shop.refused("POST", path) == (404, "order_not_found")


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b" { } "])
async def test_the_body_may_be_empty(shop: Shop, body: bytes):
    await shop.opens("1001")
    assert (await shop.calls("POST", CANCEL, body=body)).body["state"] == "cancelled"


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        ({"reason": "late"}, "reason", "is not a field of this object"),
        ([], "body", "must be an object"),
        ("now", "body", "must be an object"),
    ],
)
async def test_a_field_in_the_body_is_refused(shop: Shop, sent: Any, field: str, message: str):
    await shop.opens("1001")
    status, _, problem = await shop.calls("POST", CANCEL, sent)
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])
    assert await shop.states() == [(None, "awaiting")]

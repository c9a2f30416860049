"""An order whose expiry ends what was begun before, too: the shop sells the goods elsewhere at that moment."""

from datetime import timedelta
from typing import Any

import pytest

from core import moment_text
from schema.values import Reason, to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock


@pytest.fixture(params=[True, False], ids=["strict", "as usual"])
async def strict(request: pytest.FixtureRequest, shop: Shop, clock: Clock) -> bool:
    """Order 1001, which expires in half an hour: sooner than any attempt at it."""
    until = moment_text(clock.now() + timedelta(minutes=30))
    order = await shop.opens("1001", OK, expires_at=until, strict_expiry=request.param)
    assert order["strict_expiry"] is request.param
    return bool(request.param)


async def payments(shop: Shop) -> list[tuple[str, int | None]]:
    return [(payment["state"], payment["reason"]) for payment in (await shop.shows("1001"))["payments"]]


async def test_a_perform_after_it_ends_the_transaction(shop: Shop, payme: Payme, clock: Clock, strict: bool):
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(minutes=30, milliseconds=1)
    performed = await payme.performs("5f3a")
    if not strict:
        assert performed["state"] == 2
        return
    assert performed == -31008
    assert await payments(shop) == [("cancelled", Reason.TIMEOUT)]
    looked = await payme.looks_at("5f3a")
    assert (looked["state"], looked["reason"], looked["cancel_time"]) == (-1, 4, to_ms(clock.now()))
    assert await payme.performs("5f3a") == -31008
    assert (await payme.cancels("5f3a", 3))["state"] == -1
    assert (await shop.shows("1001"))["state"] == "awaiting"
    assert await payme.checks() == -31052


async def test_the_last_millisecond_is_inside(shop: Shop, payme: Payme, clock: Clock, strict: bool):
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(minutes=30)
    assert (await payme.performs("5f3a"))["state"] == 2


async def test_the_answer_says_until_when_the_attempt_can_be_paid(shop: Shop, payme: Payme, clock: Clock, strict: bool):
    await payme.creates("5f3a", to_ms(clock.now()))
    ends_at = clock.now() + (timedelta(minutes=30) if strict else timedelta(hours=12))
    shown = await shop.shows("1001")
    assert (shown["reserved_by"], shown["reserved_until"]) == ("payme", moment_text(ends_at))


async def test_what_was_paid_in_time_is_paid_for_good(shop: Shop, payme: Payme, clock: Clock, strict: bool):
    await payme.creates("5f3a", to_ms(clock.now()))
    performed = await payme.performs("5f3a")
    clock.advance(hours=1)
    assert await payme.performs("5f3a") == performed
    assert (await shop.shows("1001"))["state"] == "paid"


async def test_o8e2_a_debit_after_it_is_given_back(shop: Shop, click: Click, clock: Clock, strict: bool):
    prepare_id = (await click.prepares("1001", "50000"))["merchant_prepare_id"]
    clock.advance(minutes=30, milliseconds=1)
    answers = [(await click.completes(prepare_id, "1001", "50000"))["error"] for _ in range(2)]
    assert answers == ([-9, -9] if strict else [0, -4])
    assert await payments(shop) == [("cancelled", Reason.DEBIT_REFUSED) if strict else ("paid", None)]


async def test_a_repeat_after_it_is_refused_before_the_debit(shop: Shop, click: Click, clock: Clock, strict: bool):
    sent = {"click_trans_id": 7_700_000_001, "click_paydoc_id": 77}
    assert (await click.prepares("1001", "50000", **sent))["error"] == 0
    clock.advance(minutes=30, milliseconds=1)
    assert (await click.prepares("1001", "50000", **sent))["error"] == (-9 if strict else 0)
    assert await payments(shop) == [("pending", None)]


async def test_a_repeated_creation_after_it_ends_the_transaction(shop: Shop, payme: Payme, clock: Clock, strict: bool):
    began = to_ms(clock.now())
    created = await payme.creates("5f3a", began)
    clock.advance(minutes=30, milliseconds=1)
    assert await payme.creates("5f3a", began) == (-31008 if strict else created)
    assert await payments(shop) == [("cancelled", Reason.TIMEOUT) if strict else ("pending", None)]


async def test_a_wrong_amount_is_a_wrong_amount_even_then(shop: Shop, click: Click, clock: Clock, strict: bool):
    prepare_id = (await click.prepares("1001", "50000"))["merchant_prepare_id"]
    clock.advance(minutes=30, milliseconds=1)
    assert (await click.completes(prepare_id, "1001", "1"))["error"] == -2
    assert await payments(shop) == [("pending", None)]


async def test_a_failure_reported_after_it_is_a_failure(shop: Shop, click: Click, clock: Clock, strict: bool):
    prepare_id = (await click.prepares("1001", "50000"))["merchant_prepare_id"]
    clock.advance(minutes=30, milliseconds=1)
    assert (await click.completes(prepare_id, "1001", "50000", -5017))["error"] == -9
    assert await payments(shop) == [("cancelled", -5017)]


async def test_the_order_expires_once_nothing_is_under_way(
    shop: Shop, payme: Payme, clock: Clock, core: Any, strict: bool
):
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(minutes=30, milliseconds=1)
    await core.sweeper.sweep()
    assert await shop.states() == [("pending", "reserved")]
    if strict:
        assert await payme.performs("5f3a") == -31008
        await core.sweeper.sweep()
        assert await shop.states() == [("cancelled", "expired")]


@pytest.mark.parametrize("verb", ["release", "cancel", "reopen"])
async def test_after_it_nobody_has_to_wait_for_the_attempt(
    shop: Shop, payme: Payme, clock: Clock, strict: bool, verb: str
):
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(minutes=30, milliseconds=1)
    path, body = f"/api/v1/orders/1001/{verb}", {"expires_at": None} if verb == "reopen" else None
    if verb == "reopen" and strict:
        body = {"expires_at": moment_text(clock.now() + timedelta(hours=1))}
    status, _, order = await shop.calls("POST", path, body)
    if strict:
        states = {"release": "awaiting", "cancel": "cancelled", "reopen": "awaiting"}
        assert (status, order["state"]) == (200, states[verb])
        assert await payments(shop) == [("cancelled", Reason.TIMEOUT)]
    else:
        assert status == (200 if verb == "release" else 409)


async def test_a_balance_can_be_strict(shop: Shop, payme: Payme, clock: Clock):
    until = moment_text(clock.now() + timedelta(minutes=30))
    await shop.opens("1001", None, kind="accumulative", expires_at=until, strict_expiry=True)
    for transaction in ("5f3a", "5f3b"):
        await payme.creates(transaction, to_ms(clock.now()))
    assert (await payme.performs("5f3a"))["state"] == 2
    clock.advance(minutes=30, milliseconds=1)
    assert await payme.performs("5f3b") == -31008
    assert await payments(shop) == [("paid", None), ("cancelled", Reason.TIMEOUT)]


async def test_a_later_expiry_is_strict_as_well(shop: Shop, payme: Payme, clock: Clock):
    until = clock.now() + timedelta(minutes=30)
    await shop.opens("1001", OK, expires_at=moment_text(until), strict_expiry=True)
    amended = await shop.amends("1001", expires_at=moment_text(until + timedelta(minutes=30)))
    assert amended["strict_expiry"]
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(hours=1, milliseconds=1)
    assert await payme.performs("5f3a") == -31008


async def test_the_same_order_without_it_is_another(shop: Shop, clock: Clock):
    until = moment_text(clock.now() + timedelta(minutes=30))
    await shop.opens("1001", OK, expires_at=until, strict_expiry=True)
    assert (await shop.posts("1001", OK, expires_at=until, strict_expiry=True)).status == 200
    status, _, problem = await shop.posts("1001", OK, expires_at=until)
    assert (status, problem["type"]) == (409, "urn:problem-type:tiyin:order_differs")


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        pytest.param({"strict_expiry": True}, "strict_expiry", "needs expires_at beside it", id="without a time"),
        pytest.param({"strict_expiry": 1}, "strict_expiry", "must be true or false, not in quotes", id="one"),
        pytest.param({"strict_expiry": "yes"}, "strict_expiry", "must be true or false, not in quotes", id="text"),
    ],
)
async def test_a_wrong_field_is_refused(shop: Shop, sent: Any, field: str, message: str):
    assert await shop.field_errors({"account": "1001", "amount": 1, **sent}) == [(field, message)]


@pytest.mark.parametrize("value", [False, None])
async def test_no_expiry_need_not_be_strict(shop: Shop, value: bool | None):
    assert (await shop.opens("1001", OK, strict_expiry=value))["strict_expiry"] is False

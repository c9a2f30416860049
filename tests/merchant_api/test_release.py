"""The shop ends an attempt that its payer has left, and the order can be paid again."""

from datetime import timedelta
from typing import Any

import pytest

from core import Core, moment_text
from schema.values import Reason, to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme
from tests.actors.shop import Shop
from tests.clock import Clock

ORDER = "/api/v1/orders/1001"
RELEASE, CANCEL = f"{ORDER}/release", f"{ORDER}/cancel"

TEN_MINUTES = {"minutes": 10}
"""Of the settings: before it the payer may be at the SMS code."""


@pytest.fixture
async def left(shop: Shop, payme: Payme, clock: Clock) -> str:
    """A transaction whose payer went away ten minutes ago."""
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(**TEN_MINUTES)
    return "5f3a"


async def test_an_order_says_who_holds_it_and_until_when(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    began = clock.now()
    await payme.creates("5f3a", to_ms(began))
    clock.advance(minutes=1)
    shown = await shop.shows("1001")
    clock.advance(hours=11, minutes=59)
    assert (shown["reserved_by"], shown["reserved_until"]) == ("payme", moment_text(clock.now()))
    assert (await shop.lists())["items"] == [await shop.shows("1001")] == [shown]
    assert (await payme.performs("5f3a"))["state"] == 2
    paid = await shop.shows("1001")
    assert (paid["reserved_by"], paid["reserved_until"]) == (None, None)


async def test_a_foreign_clock_makes_no_reservation_longer(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()) + 3_600_000)
    shown = await shop.shows("1001")
    clock.advance(hours=12)
    assert shown["reserved_until"] == moment_text(clock.now())


async def test_an_attempt_of_clicks_holds_for_an_hour(shop: Shop, click: Click, clock: Clock):
    await shop.opens("1001")
    await click.prepares("1001")
    shown = await shop.shows("1001")
    clock.advance(hours=1)
    assert (shown["reserved_by"], shown["reserved_until"]) == ("click", moment_text(clock.now()))


async def test_a_balance_is_held_by_nobody(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative")
    await payme.creates("5f3a", to_ms(clock.now()))
    shown = await shop.shows("1001")
    assert (shown["reserved_by"], shown["reserved_until"]) == (None, None)


async def test_t9_payme_hears_of_a_released_transaction(shop: Shop, payme: Payme, clock: Clock, left: str):
    released = await shop.releases("1001")
    assert [(p["state"], p["reason"]) for p in released["payments"]] == [("cancelled", Reason.RELEASED)]
    assert (released["state"], released["reserved_by"], released["reserved_until"]) == ("awaiting", None, None)
    at = to_ms(clock.now())
    clock.advance(minutes=1)
    assert await payme.performs(left) == -31008
    looked = await payme.looks_at(left)
    assert (looked["state"], looked["reason"], looked["cancel_time"], looked["perform_time"]) == (-1, 10, at, 0)
    assert await payme.cancels(left, 3) == {"transaction": looked["transaction"], "cancel_time": at, "state": -1}
    assert (await shop.shows("1001"))["payments"] == released["payments"]
    assert await shop.transitions() == ["open", "create", "release"]


async def test_a_released_order_is_paid_through_either_provider(shop: Shop, payme: Payme, click: Click, left: str):
    await shop.releases("1001")
    assert await payme.checks() == {"allow": True}
    await click.pays("1001", "50000")
    assert await payme.performs(left) == -31008
    assert sorted(await shop.states()) == [("cancelled", "paid"), ("paid", "paid")]


async def test_the_shop_hears_of_the_end(shop: Shop, left: str):
    await shop.releases("1001")
    assert await shop.events() == ["payment.created", "payment.cancelled"]


async def test_a_released_debit_of_clicks_is_given_back(shop: Shop, click: Click, clock: Clock):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(**TEN_MINUTES)
    await shop.releases("1001")
    for _ in range(2):
        assert (await click.completes(prepare_id, "1001"))["error"] == -9
    [payment] = (await shop.shows("1001"))["payments"]
    assert (payment["state"], payment["reason"]) == ("cancelled", Reason.RELEASED)


async def test_a_young_attempt_is_left_alone(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(**TEN_MINUTES)
    since = moment_text(clock.now())
    clock.advance(milliseconds=-1)
    status, _, problem = await shop.calls("POST", RELEASE)
    sentence = f"its payer may be about to confirm it. It can be ended from {since} on."
    assert (status, problem["detail"]) == (409, f"The attempt has only just begun: {sentence}")
    assert await shop.refused("POST", RELEASE) == (409, "attempt_young")
    assert await shop.refused("POST", CANCEL, {"release": True}) == (409, "attempt_young")
    clock.advance(milliseconds=1)
    await shop.releases("1001")


@pytest.mark.settings(RELEASE_AFTER="0")
async def test_a_shop_may_be_allowed_to_end_it_at_once(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    assert (await shop.releases("1001"))["state"] == "awaiting"


async def test_a_clock_that_was_set_back_makes_no_attempt_older(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(hours=-1)
    assert await shop.refused("POST", RELEASE) == (409, "attempt_young")


async def test_where_nothing_is_under_way_nothing_changes(shop: Shop, left: str):
    released = await shop.releases("1001")
    assert await shop.releases("1001") == released
    assert await shop.releases("1001", payment=released["payments"][0]["id"]) == released
    await shop.opens("1002")
    assert (await shop.releases("1002"))["version"] == 0
    assert await shop.transitions() == ["open", "create", "release", "open"]


@pytest.mark.parametrize("swept", [True, False])
async def test_an_attempt_that_has_outlived_itself_is_over_whether_or_not_it_was_swept(
    shop: Shop, click: Click, clock: Clock, core: Core, swept: bool
):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(hours=1, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    released = await shop.releases("1001")
    assert [(p["state"], p["reason"]) for p in released["payments"]] == [("cancelled", Reason.TIMEOUT)]
    assert (await click.completes(prepare_id, "1001"))["error"] == 0, "the order is free"


@pytest.mark.parametrize("swept", [True, False])
@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "state"),
    [
        pytest.param("PATCH", ORDER, {"amount": 7}, 409, "expired", id="amend"),
        pytest.param("POST", f"{ORDER}/reopen", {"expires_at": None}, 200, "awaiting", id="reopen"),
        pytest.param("POST", "/api/v1/orders", {"account": "1001", "amount": 50_000}, 409, "expired", id="open again"),
    ],
)
async def test_a_shop_is_not_answered_by_whether_a_sweeper_has_passed(
    shop: Shop,
    click: Click,
    clock: Clock,
    core: Core,
    swept: bool,
    method: str,
    path: str,
    sent: Any,
    status: int,
    state: str,
):
    """An order that has expired, and was held by an attempt that has outlived itself."""
    until = moment_text(clock.now() + timedelta(minutes=5))
    await shop.opens("1001", 50_000, expires_at=until)
    await click.prepares("1001")
    clock.advance(hours=1, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
        await core.sweeper.sweep()
    else:
        assert (await shop.shows("1001"))["state"] == "reserved"
    answer = await shop.calls(method, path, sent)
    assert answer.status == status
    await core.sweeper.sweep()
    assert (await shop.shows("1001"))["state"] == state


@pytest.mark.parametrize("swept", [True, False])
async def test_an_order_is_amended_when_its_attempt_has_outlived_itself(
    shop: Shop, click: Click, clock: Clock, core: Core, swept: bool
):
    await shop.opens("1001")
    await click.prepares("1001")
    clock.advance(hours=1, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    amended = await shop.amends("1001", amount=7)
    assert (amended["amount"], amended["state"], amended["reserved_by"]) == (7, "awaiting", None)
    assert await shop.transitions() == ["open", "create", "release", "amend"]


async def test_a_release_that_came_too_early_is_granted_later_under_the_same_key(
    shop: Shop, payme: Payme, clock: Clock
):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    key = {"Idempotency-Key": "one"}
    assert await shop.refused("POST", RELEASE, headers=key) == (409, "attempt_young")
    clock.advance(**TEN_MINUTES)
    status, headers, released = await shop.calls("POST", RELEASE, headers=key)
    assert (status, released["state"], headers.get("Idempotency-Replayed")) == (200, "awaiting", None)
    assert (await shop.calls("POST", RELEASE, headers=key)).headers["Idempotency-Replayed"] == "true"


@pytest.mark.settings(CLICK_RESERVATION="60")
async def test_an_order_whose_attempt_is_over_is_withdrawn_however_young_it_is(shop: Shop, click: Click, clock: Clock):
    await shop.opens("1001")
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(seconds=60)
    assert await shop.refused("POST", CANCEL, {"release": True}) == (409, "attempt_young")
    clock.advance(milliseconds=1)
    withdrawn = await shop.closes("1001", release=True)
    assert [(p["state"], p["reason"]) for p in withdrawn["payments"]] == [("cancelled", Reason.TIMEOUT)]
    assert (await click.completes(prepare_id, "1001"))["error"] == -9


async def test_what_is_paid_is_not_released(shop: Shop, payme: Payme, left: str):
    await payme.performs(left)
    paid = await shop.shows("1001")
    assert await shop.releases("1001") == paid
    assert paid["state"] == "paid"


async def test_an_attempt_of_a_balance_is_named(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative")
    for transaction in ("5f3a", "5f3b"):
        await payme.creates(transaction, to_ms(clock.now()))
    clock.advance(**TEN_MINUTES)
    ids = [payment["id"] for payment in (await shop.shows("1001"))["payments"]]
    status, _, problem = await shop.calls("POST", RELEASE)
    message = "must name the attempt: a balance may have several"
    assert (status, problem["errors"]) == (422, [{"field": "payment", "message": message}])
    released = await shop.releases("1001", payment=ids[0])
    assert [(p["id"], p["state"]) for p in released["payments"]] == [(ids[0], "cancelled"), (ids[1], "pending")]
    assert (await payme.performs("5f3a"), (await payme.performs("5f3b"))["state"]) == (-31008, 2)


async def test_another_orders_payment_is_not_found(shop: Shop, payme: Payme, left: str):
    await shop.opens("1002")
    [payment] = (await shop.shows("1001"))["payments"]
    for path, body in (
        (RELEASE, {"payment": payment["id"] + 1}),
        (f"{ORDER[:-1]}2/release", {"payment": payment["id"]}),
    ):
        assert await shop.refused("POST", path, body) == (404, "payment_not_found")
    assert await shop.refused("POST", "/api/v1/orders/nobody/release") == (404, "order_not_found")


async def test_withdrawing_may_release_in_the_same_step(shop: Shop, payme: Payme, left: str):
    assert await shop.refused("POST", CANCEL, {"release": False}) == (409, "order_busy")
    withdrawn = await shop.closes("1001", release=True)
    assert (withdrawn["state"], withdrawn["reserved_by"]) == ("cancelled", None)
    assert [(p["state"], p["reason"]) for p in withdrawn["payments"]] == [("cancelled", Reason.RELEASED)]
    assert await shop.closes("1001", release=True) == withdrawn == await shop.shows("1001")
    assert await shop.transitions() == ["open", "create", "release", "close"]
    assert await payme.performs(left) == -31008


async def test_withdrawing_an_order_that_nobody_holds_may_say_release_too(shop: Shop):
    await shop.opens("1001")
    assert (await shop.closes("1001", release=True))["state"] == "cancelled"


async def test_a_paid_order_is_not_withdrawn_by_a_release(shop: Shop, payme: Payme, left: str):
    await payme.performs(left)
    assert await shop.refused("POST", CANCEL, {"release": True}) == (409, "order_paid")


async def test_the_attempts_of_a_balance_are_not_released_by_withdrawing_it(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative")
    await payme.creates("5f3a", to_ms(clock.now()))
    clock.advance(**TEN_MINUTES)
    status, _, problem = await shop.calls("POST", CANCEL, {"release": True})
    message = "ends no attempts of a balance: end each with …/release, then cancel"
    assert (status, problem["errors"]) == (422, [{"field": "release", "message": message}])
    await shop.releases("1001", payment=(await shop.shows("1001"))["payments"][0]["id"])
    assert (await shop.closes("1001", release=True))["state"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "sent", "field", "message"),
    [
        pytest.param(RELEASE, {"payment": "33"}, "payment", "must be a whole number, not in quotes", id="text"),
        pytest.param(RELEASE, {"payment": True}, "payment", "must be a whole number, not in quotes", id="true"),
        pytest.param(RELEASE, {"payment": 1.5}, "payment", "must be a whole number, not in quotes", id="fraction"),
        pytest.param(RELEASE, {"payment": 0}, "payment", "must be at least 1", id="zero"),
        pytest.param(RELEASE, {"payment": 2**31}, "payment", "must be at most 2147483647", id="too large"),
        pytest.param(RELEASE, {"id": 1}, "id", "is not a field of this object", id="unknown"),
        pytest.param(RELEASE, [], "body", "must be an object", id="array"),
        pytest.param(CANCEL, {"release": 1}, "release", "must be true or false, not in quotes", id="one"),
        pytest.param(
            CANCEL, {"release": "true"}, "release", "must be true or false, not in quotes", id="text for true"
        ),
        pytest.param(CANCEL, {"release": None}, "release", "must be true or false, not in quotes", id="null"),
    ],
)
async def test_a_wrong_field_is_refused(shop: Shop, path: str, sent: Any, field: str, message: str):
    await shop.opens("1001")
    status, _, problem = await shop.calls("POST", path, sent)
    assert (status, problem["errors"]) == (422, [{"field": field, "message": message}])
    assert await shop.transitions() == ["open"]

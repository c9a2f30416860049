"""An order that has come to its end is opened again, under its old account."""

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
REOPEN = f"{ORDER}/reopen"


def hours_from(clock: Clock, hours: float) -> str:
    return moment_text(clock.now() + timedelta(hours=hours))


async def pays(payme: Payme, clock: Clock, transaction: str = "5f3a") -> None:
    await payme.creates(transaction, to_ms(clock.now()))
    assert (await payme.performs(transaction))["state"] == 2


async def test_a_withdrawn_order_is_payable_again(shop: Shop, payme: Payme, clock: Clock):
    opened = await shop.opens("1001", OK)
    await shop.closes("1001")
    assert await payme.checks() == -31051
    assert await shop.reopens("1001") == {**opened, "version": 2}
    await pays(payme, clock)
    assert await shop.transitions() == ["open", "close", "reopen", "create", "perform"]
    assert await shop.events() == ["order.reopened", "payment.created", "payment.paid"]


@pytest.mark.parametrize("swept", [True, False])
async def test_an_expired_order_gets_another_time(shop: Shop, payme: Payme, clock: Clock, core: Any, swept: bool):
    await shop.opens("1001", OK, expires_at=hours_from(clock, 1))
    clock.advance(hours=1, milliseconds=1)
    if swept:
        await core.sweeper.sweep()
    until = hours_from(clock, 2)
    reopened = await shop.reopens("1001", expires_at=until)
    assert (reopened["state"], reopened["expires_at"], reopened["version"]) == ("awaiting", until, 2)
    assert await shop.transitions() == ["open", "expire", "reopen"]
    assert await payme.checks() == {"allow": True}
    clock.advance(hours=2, milliseconds=1)
    assert await payme.checks() == -31052


async def test_an_order_may_be_reopened_for_ever(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK, expires_at=hours_from(clock, 1))
    clock.advance(hours=2)
    status, _, reopened = await shop.calls("POST", REOPEN, {"expires_at": None})
    assert (status, reopened["expires_at"]) == (200, None)
    clock.advance(days=1_000)
    assert await payme.checks() == {"allow": True}


async def test_without_a_time_the_old_one_must_lie_ahead(shop: Shop, clock: Clock):
    opened = await shop.opens("1001", OK, expires_at=hours_from(clock, 1))
    await shop.closes("1001")
    assert (await shop.reopens("1001"))["expires_at"] == opened["expires_at"]
    await shop.closes("1001")
    clock.advance(hours=1)
    for body in (None, {"expires_at": moment_text(clock.now())}):
        status, _, problem = await shop.calls("POST", REOPEN, body)
        assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": "must lie in the future"}])


async def test_an_order_whose_money_was_given_back_is_paid_anew(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await pays(payme, clock)
    await payme.cancels("5f3a", 5)
    clock.advance(seconds=1)
    assert (await shop.reopens("1001"))["state"] == "awaiting"
    await pays(payme, clock, "5f3b")
    shown = await shop.shows("1001")
    assert [payment["state"] for payment in shown["payments"]] == ["reversed", "paid"]
    assert shown["totals"] == {"payments": 2, "paid": OK, "reversed": OK}
    assert (await payme.looks_at("5f3a"))["state"] == -2
    assert (await payme.cancels("5f3a", 5))["state"] == -2
    assert (await shop.shows("1001"))["state"] == "paid"


async def test_what_is_paid_the_second_time_can_be_given_back_too(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    for transaction in ("5f3a", "5f3b"):
        await pays(payme, clock, transaction)
        assert (await payme.cancels(transaction, 5))["state"] == -2
        await shop.reopens("1001")
    assert (await shop.shows("1001"))["totals"] == {"payments": 2, "paid": 0, "reversed": 2 * OK}


async def test_a_late_debit_pays_a_reopened_order(shop: Shop, click: Click, clock: Clock, core: Any):
    await shop.opens("1001", expires_at=hours_from(clock, 1))
    prepare_id = (await click.prepares("1001"))["merchant_prepare_id"]
    clock.advance(hours=1, milliseconds=1)
    await core.sweeper.sweep()
    await shop.reopens("1001", expires_at=hours_from(clock, 1))
    assert (await click.completes(prepare_id, "1001"))["error"] == 0
    assert await shop.states() == [("paid", "paid")]


async def test_a_balance_is_reopened(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", None, kind="accumulative", max_amount=OK)
    await pays(payme, clock)
    await shop.closes("1001")
    assert await payme.checks() == -31051
    reopened = await shop.reopens("1001")
    assert (reopened["state"], reopened["totals"]["paid"]) == ("awaiting", OK)
    await pays(payme, clock, "5f3b")


async def test_reopening_again_changes_nothing(shop: Shop):
    await shop.opens("1001", OK)
    await shop.closes("1001")
    assert await shop.reopens("1001") == await shop.reopens("1001")
    assert await shop.transitions() == ["open", "close", "reopen"]


async def test_an_open_order_keeps_its_time(shop: Shop, clock: Clock):
    opened = await shop.opens("1001", OK, expires_at=hours_from(clock, 1))
    assert await shop.reopens("1001") == opened == await shop.reopens("1001", expires_at=opened["expires_at"])
    status, _, problem = await shop.calls("POST", REOPEN, {"expires_at": hours_from(clock, 2)})
    message = "is another one of the open order: change it with PATCH"
    assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": message}])
    clock.advance(seconds=1)
    status, _, problem = await shop.calls("POST", REOPEN, {"expires_at": hours_from(clock, -1)})
    assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": "must lie in the future"}])


async def test_a_held_or_paid_order_is_not_reopened(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock.now()))
    assert await shop.refused("POST", REOPEN) == (409, "order_busy")
    await payme.performs("5f3a")
    assert await shop.refused("POST", REOPEN) == (409, "order_paid")
    assert await shop.refused("POST", "/api/v1/orders/nobody/reopen") == (404, "order_not_found")


async def test_the_account_of_a_reopened_order_answers_the_shops_first_request(shop: Shop):
    await shop.opens("1001", OK)
    await shop.closes("1001")
    assert (await shop.posts("1001", OK)).status == 409
    reopened = await shop.reopens("1001")
    status, _, repeated = await shop.posts("1001", OK)
    assert (status, repeated) == (200, reopened)


async def test_a_strict_order_is_not_reopened_for_ever(shop: Shop, clock: Clock):
    await shop.opens("1001", OK, expires_at=hours_from(clock, 1), strict_expiry=True)
    await shop.closes("1001")
    status, _, problem = await shop.calls("POST", REOPEN, {"expires_at": None})
    message = "must be a time: the order was opened with strict_expiry"
    assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": message}])


@pytest.mark.parametrize("moment", ["tomorrow", "2999-01-01T00:00:00", 32_503_680_000, True, {}])
async def test_a_time_that_is_none_is_refused(shop: Shop, moment: Any):
    await shop.opens("1001", OK)
    await shop.closes("1001")
    status, _, problem = await shop.calls("POST", REOPEN, {"expires_at": moment})
    message = "must be an ISO 8601 time with its offset, such as 2026-11-22T10:15:30Z"
    assert (status, problem["errors"]) == (422, [{"field": "expires_at", "message": message}])
    assert (await shop.shows("1001"))["state"] == "cancelled"

"""Rows with every word that a later release may have written are served by every interface: nothing of them is odd.

They are those of `TIYIN_TEST_ROWS`, or else those of this release's own words.
"""

from datetime import timedelta

import pytest

from schema.click_ids import click_trans_id
from schema.values import to_ms
from tests.actors.payme import creation, new_id
from tests.last_release.database import LATER_SHOP, SHOPS_FILE

pytestmark = pytest.mark.settings(TIYIN_CONFIG=str(SHOPS_FILE))

ORDERS = f"SELECT * FROM orders WHERE shop = '{LATER_SHOP}' ORDER BY id"
PAYMENTS = f"SELECT * FROM payments WHERE shop = '{LATER_SHOP}' AND provider = '{{}}' ORDER BY id"

REFUSED = (-31001, -31003, -31007, -31008, *range(-31099, -31049))
"""What Payme may be answered about orders and payments; beside a result."""
ANSWERED = {0, -2, -4, -5, -6, -9}
"""What Click may be."""


async def test_the_shop_reads_every_order_and_its_payments(later_shop):
    orders = await later_shop.reads(ORDERS)
    assert orders
    for order in orders:
        assert (await later_shop.shows(order.account))["state"] == order.state
        status, _, page = await later_shop.calls("GET", f"/api/v1/orders/{order.account}/payments")
        assert (status, len(page["items"])) == (200, order.payment_count)


async def test_the_shop_lists_them_by_every_state(later_shop):
    orders = await later_shop.reads(ORDERS)
    assert len((await later_shop.lists("?limit=100"))["items"]) == len(orders)
    for state in {order.state for order in orders}:
        listed = (await later_shop.lists(f"?limit=100&state={state}"))["items"]
        assert len(listed) == len([order for order in orders if order.state == state])


@pytest.mark.parametrize("verb", ["release", "reopen", "cancel", "deliver"])
async def test_the_shop_may_do_everything_to_them(later_shop, clock, verb):
    payments = {row.order_id: row.id for row in await later_shop.reads("SELECT id, order_id FROM payments")}
    for order in await later_shop.reads(ORDERS):
        bodies = {
            "release": {"payment": payments.get(order.id, 1)},
            "reopen": {"expires_at": (clock.now() + timedelta(days=1)).isoformat()},
        }
        status, _, body = await later_shop.calls("POST", f"/api/v1/orders/{order.account}/{verb}", bodies.get(verb))
        assert status in (200, 404, 409, 422), body


async def test_the_shop_may_amend_them(later_shop):
    for order in await later_shop.reads(ORDERS):
        status, _, body = await later_shop.calls("PATCH", f"/api/v1/orders/{order.account}", {"description": "Sandals"})
        assert status in (200, 409), body


async def test_payme_may_call_about_every_order(later_shop, later_payme, clock):
    for order in await later_shop.reads(ORDERS):
        amount = order.amount or 5_000_000
        answer = await later_payme.checks(order.account, amount)
        assert answer in REFUSED or answer["allow"] is True
        answer = await later_payme.says("CreateTransaction", **creation(new_id(), to_ms(clock.now()), order.account))
        assert answer in REFUSED or answer["state"] == 1


@pytest.mark.parametrize("method", ["PerformTransaction", "CancelTransaction"])
async def test_payme_may_call_about_every_payment(later_shop, later_payme, method):
    payments = await later_shop.reads(PAYMENTS.format("payme"))
    assert payments
    for payment in payments:
        assert (await later_payme.looks_at(payment.external_id))["create_time"] == to_ms(payment.created_at)
        params = {"id": payment.external_id} | ({"reason": 5} if method == "CancelTransaction" else {})
        answer = await later_payme.says_twice(method, **params)
        assert answer in REFUSED or answer["state"] in (2, -1, -2)


async def test_payme_reads_them_all_in_its_statement(later_shop, later_payme):
    payments = await later_shop.reads(PAYMENTS.format("payme"))
    moments = [to_ms(payment.provider_time) for payment in payments]
    statement = await later_payme.says("GetStatement", from_=min(moments), to=max(moments))
    assert {line["id"] for line in statement["transactions"]} == {payment.external_id for payment in payments}


async def test_click_may_call_about_every_order(later_shop, later_click):
    for order in await later_shop.reads(ORDERS):
        prepared = await later_click.prepares(order.account, "50000")
        assert prepared["error"] in ANSWERED
        if prepared["error"] == 0:
            assert (await later_click.completes(prepared["merchant_prepare_id"], order.account, "50000"))["error"] == 0


@pytest.mark.parametrize("error", [0, -5017], ids=["debited", "not debited"])
async def test_click_may_complete_every_payment(later_shop, later_click, error):
    payments = await later_shop.reads(PAYMENTS.format("click"))
    assert payments
    for payment in payments:
        ids = {"click_trans_id": click_trans_id(payment.external_id), "click_paydoc_id": payment.click_paydoc_id}
        account = payment.account["order_id"]
        answer = await later_click.completes(payment.id, account, "50000", error, **ids)
        assert answer["error"] in ANSWERED


async def test_none_of_them_expires_while_other_tests_put_their_clocks_forward(rows, shop, core, clock):
    clock.advance(days=400)
    assert await core.sweeper.sweep() == 0

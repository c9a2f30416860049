"""Where fresh orders come from."""

from datetime import datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tiyin_sandbox.cli.order_sources import OrderSource, fields_of
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.engine.orders import ApiOrders, BalanceOrder, NamedOrders, OutOfOrders, TemplateOrders, TooEarly

from schema.values import to_ms
from tests.conftest import SETTINGS

TOLD = "one-time, awaiting payment of 500000 tiyin each"


def source(*accounts, kind="one_time"):
    return OrderSource(tuple(fields_of(account) for account in accounts), kind, TOLD)


async def test_named_orders_are_taken_once_each():
    orders = NamedOrders(["1", "2"])
    assert [await orders.take(), await orders.take(), orders.left()] == ["1", "2", 0]
    with pytest.raises(OutOfOrders, match="no order is left"):
        await orders.take()


async def test_a_template_counts_up():
    orders = TemplateOrders({"order_id": "test-{n}", "branch": "7"})
    assert [await orders.take(), await orders.take()] == [
        {"order_id": "test-1", "branch": "7"},
        {"order_id": "test-2", "branch": "7"},
    ]


async def test_a_balance_is_never_used_up():
    orders = BalanceOrder("phone")
    assert [await orders.take(), await orders.take(), orders.left()] == ["phone", "phone", None]


@pytest.fixture
def opened(http, gateway):
    return ApiOrders(http, str(gateway.make_url("/")), SETTINGS["API_TOKEN"], {"amount": 500_000})


async def test_tiyin_opens_orders_and_does_what_the_shop_can(opened, shop):
    account = await opened.take()
    await opened.do("amend", account, {"amount": 700_000})
    await opened.do("cancel", account)
    requirements = await shop.shows(account)
    assert (requirements["amount"], requirements["state"]) == (700_000, "cancelled")
    await opened.do("reopen", account)
    assert (await shop.shows(account))["state"] == "awaiting"


async def test_tiyin_opens_orders_that_end_for_good(opened, shop, clock):
    order = await shop.shows(await opened.take_expiring(60))
    left = datetime.fromisoformat(order["expires_at"]) - clock()
    assert (order["strict_expiry"], timedelta(seconds=50) < left < timedelta(seconds=61)) == (True, True)


@pytest.mark.settings(RELEASE_AFTER="0")
async def test_tiyin_ends_an_attempt_for_the_shop(opened, shop, payme, clock):
    account = await opened.take()
    await payme.creates("5f3a", to_ms(clock()), account, 500_000)
    await opened.do("release", account)
    assert (await shop.shows(account))["state"] == "awaiting"


async def test_an_attempt_that_is_too_young_to_be_ended_is_no_lack_of_orders(opened, payme, clock):
    account = await opened.take()
    await payme.creates("5f3a", to_ms(clock()), account, 500_000)
    with pytest.raises(TooEarly, match="set RELEASE_AFTER=0"):
        await opened.do("release", account)


@pytest.mark.parametrize("orders", [NamedOrders(["1"]), TemplateOrders("{n}"), BalanceOrder("1")])
async def test_what_is_not_opened_here_cannot_be_made_to_expire(orders):
    assert not orders.can("expire")
    with pytest.raises(OutOfOrders):
        await orders.take_expiring(1)


@pytest.mark.parametrize(
    ("opened", "live"),
    [('{"test": false}', True), ('{"test": true}', False), ("{}", False), ("[]", False), ("<", False)],
)
async def test_orders_are_live_only_where_that_is_said(http, opened, live):
    async def open_order(_):
        return web.Response(status=201, text=opened)

    app = web.Application()
    app.router.add_post("/api/v1/orders", open_order)
    async with TestServer(app) as server:
        orders = ApiOrders(http, str(server.make_url("/")), "a token", {"amount": 500_000})
        await orders.take()
    assert orders.are_live is live


async def test_a_refused_shop_action_gives_the_reason(http, gateway):
    orders = ApiOrders(http, str(gateway.make_url("/")), SETTINGS["API_TOKEN"], {"amount": 500_000})
    with pytest.raises(OutOfOrders, match="404 to POST /api/v1/orders/nobody/cancel"):
        await orders.do("cancel", "nobody")


async def test_a_wrong_token_is_reported(http, gateway):
    orders = ApiOrders(http, str(gateway.make_url("/")), "nobodys", {"amount": 500_000})
    with pytest.raises(OutOfOrders, match="the merchant API answered 401"):
        await orders.take()


async def test_a_shop_api_that_is_not_there_is_reported(http):
    with pytest.raises(OutOfOrders, match="does not answer"):
        await ApiOrders(http, "http://127.0.0.1:1", "token", {}).take()


async def test_too_few_orders_are_counted_before_the_first_call(http):
    with pytest.raises(CannotRun, match=r"Fresh orders needed: 3 \(one-time, .*\); given: 2"):
        await source("order_id=1", "order_id=2").collect(http, 3)


async def test_a_template_goes_on_counting_when_it_runs_again(http):
    _, first = await source("order_id=t{n}").collect(http, 2)
    _, second = await source("order_id=t{n}").collect(http, 2, repetition=1)
    assert [order["order_id"] for order in (*first, *second)] == ["t1", "t2", "t3", "t4"]


async def test_one_balance_is_enough(http):
    orders, known = await source("phone=998", kind="accumulative").collect(http, 1)
    assert known == ({"phone": "998"},)
    assert await orders.take() == {"phone": "998"}


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        ("order_id=1001", {"order_id": "1001"}),
        ("order_id=a=b", {"order_id": "a=b"}),
        ("order_id=1&phone=998901234567", {"order_id": "1", "phone": "998901234567"}),
    ],
)
def test_an_account_is_written_as_fields_with_values(account, fields):
    assert fields_of(account) == fields


@pytest.mark.parametrize("account", ["1001", "=1001", ""])
def test_an_account_without_a_field_is_refused(account):
    with pytest.raises(CannotRun, match="FIELD=VALUE"):
        fields_of(account)

"""Several shops in one gateway: each has its own service, and none accepts another's key."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import click_http
from click_http.service import Service
from inbound.allow_list import AllowList
from tests.actors.click import Click

MAIN = Service("main", 54321, 98, "key-of-main", 7788, playground=False, allow_list=AllowList())
TOYS = replace(MAIN, shop="toys", service_id=99, secret_key="key-of-toys")
PATH = "/payment/callback/click"


@pytest.fixture
async def interface(core, failed_auth) -> AsyncIterator[TestServer]:
    app = web.Application()
    click_http.setup(app, core, {"main": (MAIN,), "toys": (TOYS,)}, failed_auth)
    async with TestServer(app) as server:
        yield server


@pytest.fixture
async def gateway_of_one_shop(core, failed_auth) -> AsyncIterator[TestServer]:
    app = web.Application()
    click_http.setup(app, core, {"toys": (TOYS,)}, failed_auth)
    async with TestServer(app) as server:
        yield server


def calls(http, server, service, path=""):
    """Click, calling for that service."""
    return Click(http, server.make_url(PATH + path), service.service_id, service.secret_key)


@pytest.mark.parametrize(
    ("path", "service", "error"),
    [
        ("", MAIN, 0),
        ("/main", MAIN, 0),
        ("/main/complete/", MAIN, 0),
        ("/toys", TOYS, -5),
        ("/toys/prepare", TOYS, -5),
        ("", TOYS, -1),
        ("/main", TOYS, -1),
        ("/toys", MAIN, -1),
        ("/toys", replace(TOYS, service_id=54321), -8),
        ("/nobody", MAIN, -8),
    ],
)
async def test_each_path_takes_its_own_shops_key_for_its_own_orders(http, interface, shop, path, service, error):
    await shop.opens("1001")
    assert (await calls(http, interface, service, path).prepares("1001"))["error"] == error


async def test_the_only_shop_needs_no_name(http, gateway_of_one_shop):
    assert (await calls(http, gateway_of_one_shop, TOYS).prepares("1001"))["error"] == -5


async def test_a_payment_of_one_shop_is_not_there_for_another(http, interface, shop):
    await shop.opens("1001")
    prepared = await calls(http, interface, MAIN).prepares("1001")
    toys = calls(http, interface, TOYS, "/toys")
    assert (await toys.completes(prepared["merchant_prepare_id"], "1001"))["error"] == -5
    assert (await toys.completes(prepared["merchant_prepare_id"], "1001", error=-1))["error"] == -9
    assert await shop.states() == [("pending", "reserved")]


async def test_without_a_service_there_is_no_path(http, core, failed_auth):
    app = web.Application()
    click_http.setup(app, core, {}, failed_auth)
    async with TestServer(app) as server, http.post(server.make_url(PATH)) as response:
        assert response.status == 404


def test_a_service_never_shows_its_key():
    assert "key-of-main" not in repr(MAIN)

"""Several shops in one gateway: each has its own cash box, and none accepts another's key."""

from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import payme_rpc
from inbound.allow_list import AllowList
from payme_rpc.cash_box import CashBox
from tests.actors.payme import Payme

KEYS = ("key-of-main-0123456789",)
BOX = CashBox("main", "587f", "Paycom", KEYS, None, "order_id", -31053, AllowList(), sandbox=False)
TOYS = replace(BOX, shop="toys", keys=("key-of-toys-0123456789",), account_field="toy")

PATH = "/payment/callback/payme"


@pytest.fixture
async def server(core, failed_auth):
    app = web.Application()
    payme_rpc.setup(app, core, {"main": BOX, "toys": TOYS}, failed_auth)
    async with TestServer(app) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "key", "code"),
    [
        ("", BOX, -31003),
        ("/main", BOX, -31003),
        ("/toys", TOYS, -31003),
        ("/toys/", TOYS, -31003),
        ("", TOYS, -32504),
        ("/main", TOYS, -32504),
        ("/toys", BOX, -32504),
        ("/cars", BOX, -32504),
    ],
)
async def test_a_key_is_accepted_by_its_own_shop_only(server, http, path, key, code):
    payme = Payme(http, str(server.make_url(PATH + path)), key.keys[0])
    assert await payme.looks_at("5f3a") == code


async def test_an_error_about_the_account_names_the_shops_own_field(server, http):
    payme = Payme(http, str(server.make_url(f"{PATH}/toys")), TOYS.keys[0])
    answer = await payme.answers("CheckPerformTransaction", amount=1, account={"order_id": "1001"})
    assert (answer["error"]["code"], answer["error"]["data"]) == (-31050, "toy")


async def test_the_only_shop_needs_no_name(core, failed_auth, http):
    app = web.Application()
    payme_rpc.setup(app, core, {"toys": TOYS}, failed_auth)
    async with TestServer(app) as server:
        payme = Payme(http, str(server.make_url(PATH)), TOYS.keys[0])
        assert await payme.looks_at("5f3a") == -31003


async def test_without_a_cash_box_there_is_no_path(core, failed_auth):
    app = web.Application()
    payme_rpc.setup(app, core, {}, failed_auth)
    assert not list(app.router.routes())

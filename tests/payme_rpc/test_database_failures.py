"""When the database fails, Payme is asked to try again, nothing is half-written, and the repeat succeeds (X1, X2)."""

import asyncio
import json

import pytest
from aiohttp.test_utils import TestServer

from gateway.app import build_app
from tests.actors.payme import Payme, creation
from tests.conftest import SETTINGS
from tests.other_sessions import holding, without
from tests.payme_rpc.calls import CALLS, A, authorization
from tests.wire import Wire


@pytest.fixture
async def wired_payme(wire, settings, clock, http):
    """Payme at a gateway whose database is at the other end of the wire."""
    async with TestServer(await build_app(settings, wire[1], clock, clock.of_database)) as server:
        yield Payme(http, str(server.make_url("/payment/callback/payme")), SETTINGS["PAYME_KEY"])


HELD = "SELECT FROM orders WHERE account = '1001' FOR UPDATE"


def goes_down(cable: Wire) -> None:
    """Every connection breaks, and no new one is answered."""
    cable.down = True
    cable.abort()


@pytest.mark.parametrize("method", CALLS)
async def test_without_its_database_every_method_asks_to_try_again(wired_payme, cable, order, method):  # X1
    goes_down(cable)
    answer = await wired_payme.answers(method, **CALLS[method])
    assert answer["error"] == {
        "code": -32400,
        "message": {
            "ru": "Сервис временно недоступен",
            "uz": "Xizmat vaqtincha ishlamayapti",
            "en": "The service is temporarily unavailable",
        },
    }


async def test_the_gateway_goes_on_by_itself_when_the_database_is_back(wired_payme, cable, shop, order, now):
    assert (await wired_payme.creates(A, now))["state"] == 1
    goes_down(cable)
    assert await wired_payme.performs(A) == -32400
    assert await shop.states() == [("pending", "reserved")]
    cable.down = False
    assert (await _until_it_works(wired_payme, "PerformTransaction", id=A))["state"] == 2
    assert await shop.states() == [("paid", "paid")]


async def _until_it_works(payme, method, **params):
    for _ in range(600):
        answer = await payme.says(method, **params)
        if answer != -32400:
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError("it did not recover")


async def test_credentials_are_checked_without_the_database(wired_payme, cable, order):
    goes_down(cable)
    assert await wired_payme.with_key("not-the-key-0123456789").checks() == -32504
    assert await wired_payme.says("Nonsense") == -32601


@pytest.mark.parametrize("table", ["payments", "transitions", "outbox"])
async def test_what_cannot_be_written_is_not_written_by_half(payme, shop, database, order, now, table):
    async with without(database, table):
        assert await payme.creates(A, now) == -32400
    assert await shop.states() == [(None, "awaiting")]
    created = await payme.creates(A, now)
    async with without(database, table):
        assert await payme.performs(A) == -32400
        assert await payme.cancels(A, reason=3) == -32400
    assert await shop.states() == [("pending", "reserved")]
    assert await payme.creates(A, now) == created


async def test_an_error_shows_nothing_of_the_failure(payme, database, order, now):
    async with without(database, "outbox"):
        error = (await payme.answers("CreateTransaction", **creation(A, now)))["error"]
    assert error.keys() == {"code", "message"}
    assert "outbox" not in str(error)


async def test_a_lost_answer_is_given_again(gateway, payme, order, now):  # X2
    for method, params in (
        ("CreateTransaction", creation(A, now)),
        ("PerformTransaction", {"id": A}),
        ("CancelTransaction", {"id": A, "reason": 5}),
    ):
        await _hangs_up_before_the_answer(gateway, payme, method, params)
        first = await payme.says(method, **params)
        assert await payme.says(method, **params) == first
    assert (await payme.looks_at(A))["state"] == -2


async def _hangs_up_before_the_answer(gateway, payme, method, params):
    """The call is sent whole; the connection is gone before its answer."""
    body = json.dumps({"method": method, "params": params, "id": 1})
    head = "POST /payment/callback/payme HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", authorization(payme)
    _, writer = await asyncio.open_connection(gateway.host, gateway.port)
    writer.write("\r\n".join([*head, "", body]).encode())
    await writer.drain()
    writer.transport.abort()
    await asyncio.sleep(0.1)


async def test_an_order_that_somebody_holds_keeps_only_its_own_callers_waiting(payme, shop, database, order, now):
    await shop.opens("1002", amount=100)
    async with holding(database, HELD):
        waiting = asyncio.create_task(payme.creates(A, now))
        assert (await payme.creates("5f3a", now, "1002", 100))["state"] == 1
        assert not waiting.done()
    assert (await waiting)["state"] == 1


@pytest.mark.real_timeouts
async def test_who_waits_too_long_for_an_order_is_asked_to_try_again(payme, database, order, now):
    async with holding(database, HELD):
        assert await payme.creates(A, now) == -32400
    assert (await payme.creates(A, now))["state"] == 1

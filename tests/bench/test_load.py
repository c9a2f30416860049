"""No load client believes an answer: right ones are counted as lives, wrong ones as wrong, whatever their speed."""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench import client
from bench.plan import Figures, Plan
from tests.bench.payme_server import Json, PaymeServer, busy, busy_for, honest, twisted

ORDERS = 40
Handler = Callable[[web.Request], Awaitable[web.Response]]
LoadOn = Callable[..., Awaitable[Figures]]


@pytest.fixture
def load(run_client) -> LoadOn:
    """What each of the clients reports of forty orders. It ends when they are used up, however long that takes."""

    async def load(twist=honest, handler: Handler | None = None, run=run_client, orders=ORDERS, **more: Any) -> Figures:
        app = web.Application()
        app.router.add_post("/", handler or PaymeServer(twist).handle)
        async with TestServer(app) as server:
            assert server.port is not None
            plan = {"life": "paid", "payers": 4, "pause": 0.001, "seconds": 60.0, "warmup": 0.0, **more}
            return await run(Plan(port=server.port, path="/", secret="key", first=1, orders=orders, **plan))

    return load


async def test_right_answers_are_lives(load):
    metrics = await load()
    assert (metrics.wrong, metrics.left_over, metrics.try_again) == (0, 0, 0)
    assert (metrics.orders_used, metrics.orders_lacking) == (ORDERS, True)
    assert (metrics.lives, metrics.requests) == (ORDERS, 4 * ORDERS)
    assert {method: spread.count for method, spread in metrics.times.items()} == {
        "life": ORDERS,
        "CheckPerformTransaction": ORDERS,
        "CreateTransaction": ORDERS,
        "PerformTransaction": ORDERS,
        "CheckTransaction": ORDERS,
    }


async def test_a_life_is_at_least_as_long_as_its_calls(load):
    metrics = await load()
    calls = [spread for method, spread in metrics.times.items() if method != "life"]
    assert metrics.times["life"].most >= max(spread.most for spread in calls)
    for spread in metrics.times.values():
        assert 0 < spread.p50 <= spread.p90 <= spread.p99 <= spread.most


async def test_what_is_watched_is_reported(load):
    metrics = await load(watched={"server": os.getpid()})
    assert metrics.us_per_request["server"] >= 0
    assert metrics.client_us_per_life > 0


async def test_the_client_reports_from_a_process_of_its_own(load):
    metrics = await load(run=client.run)
    assert (metrics.wrong, metrics.orders_used) == (0, ORDERS)


NOT_AS_SAID = "CheckTransaction: it does not stand as it was said to"


@pytest.mark.parametrize(
    ("twist", "fault"),
    [
        (twisted("CheckPerformTransaction", allow=False), "CheckPerformTransaction: it is not allowed"),
        (twisted("CreateTransaction", state=2), "CreateTransaction: it was not opened"),
        (twisted("CreateTransaction", create_time=0), "CreateTransaction: no create_time"),
        (twisted("CreateTransaction", create_time=10**20), "CreateTransaction: no create_time"),
        (twisted("CreateTransaction", transaction=17), "CreateTransaction: no transaction"),
        (twisted("CreateTransaction", transaction=""), "CreateTransaction: no transaction"),
        (twisted("PerformTransaction", state=1), "PerformTransaction: it was not performed"),
        (twisted("PerformTransaction", perform_time=0), "PerformTransaction: no perform_time"),
        (twisted("PerformTransaction", perform_time=7.0), "PerformTransaction: no perform_time"),
        (twisted("PerformTransaction", transaction="another"), "PerformTransaction: another transaction"),
        (twisted("CheckTransaction", state=1), NOT_AS_SAID),
        (twisted("CheckTransaction", create_time=6), NOT_AS_SAID),
        (twisted("CheckTransaction", perform_time=8), NOT_AS_SAID),
        (twisted("CheckTransaction", cancel_time=9), NOT_AS_SAID),
        (twisted("CheckTransaction", transaction="another"), NOT_AS_SAID),
        (lambda method, answer: answer | {"id": 0}, "CheckPerformTransaction: the id is not echoed"),
        (lambda method, answer: busy(method, answer, code=-31008), "CheckPerformTransaction: error -31008"),
        (lambda method, answer: {"jsonrpc": "2.0", "id": answer["id"]}, "CheckPerformTransaction: "),
        (lambda method, answer: {"result": []}, "CheckPerformTransaction: the id is not echoed"),
    ],
)
async def test_wrong_answers_are_wrong(load, twist, fault):
    metrics = await load(twist)
    assert (metrics.wrong, metrics.lives, metrics.left_over) == (ORDERS, 0, 0)
    assert metrics.wrongs[0].startswith(fault)


async def test_a_bare_server_gives_back_each_order(load):
    metrics = await load(life="echoed")
    assert (metrics.wrong, metrics.lives, metrics.requests) == (0, ORDERS, ORDERS)
    assert {method: spread.count for method, spread in metrics.times.items()} == {"life": ORDERS, "Echo": ORDERS}


@pytest.mark.parametrize("account", [{"order_id": "99"}, {"order_id": ""}, {"another": "1"}])
async def test_a_bare_server_that_gives_back_another_order_is_wrong(load, account):
    metrics = await load(twisted("Echo", account=account), life="echoed")
    assert (metrics.wrong, metrics.lives) == (ORDERS, 0)
    assert metrics.wrongs[0].startswith("Echo: ")


async def test_one_wrong_answer_among_many_is_found(load):
    numbers = itertools.count()

    def once(method: str, answer: Json) -> Json:
        if method == "CheckTransaction" and next(numbers) == 30:
            return twisted(method, state=1)(method, answer)
        return answer

    metrics = await load(once)
    assert (metrics.wrong, metrics.lives) == (1, ORDERS - 1)
    assert metrics.wrongs[0].startswith(NOT_AS_SAID)


async def test_a_broken_connection_is_wrong_and_another_takes_its_place(load):
    async def abort(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
        request.transport.close()
        return web.Response()

    metrics = await load(handler=abort)
    assert metrics.lives == 0
    assert metrics.wrong == metrics.orders_used > 4


async def test_an_answer_to_try_again_is_neither_wrong_nor_a_life(load):
    metrics = await load(busy)
    assert (metrics.wrong, metrics.lives, metrics.try_again) == (0, 0, ORDERS)


async def test_the_patient_bring_what_was_opened_to_its_end(load):
    metrics = await load(busy_for("PerformTransaction", 2), life="paid by the patient")
    assert (metrics.wrong, metrics.lives, metrics.try_again) == (0, ORDERS, 2 * ORDERS)


@pytest.mark.parametrize(
    ("life", "method", "tries"),
    [
        ("paid by the patient", "CreateTransaction", 1),
        ("paid by the patient", "CheckTransaction", 5),
        ("paid", "PerformTransaction", 1),
    ],
)
async def test_patience_has_an_end(load, life, method, tries):
    metrics = await load(busy_for(method), life=life)
    assert (metrics.wrong, metrics.lives, metrics.try_again) == (0, 0, tries * ORDERS)


async def test_at_a_rate_a_life_is_late_from_its_planned_beginning(load):
    """One connection and lives of 40 ms that begin every 20: each waits longer than the one before."""
    payme = PaymeServer()

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return await payme.handle(request)

    metrics = await load(handler=slow, orders=12, payers=1, rate=50)
    assert metrics.wrong == 0
    assert metrics.times["life"].most > 200
    assert metrics.times["CheckPerformTransaction"].most > 200


async def test_at_a_rate_connections_are_opened_as_they_are_needed(load):
    callers = set()
    payme = PaymeServer()

    async def handle(request: web.Request) -> web.Response:
        callers.add(request.transport)
        while len(callers) < 3:  # the first ones keep their connections until a third one calls
            await asyncio.sleep(0.001)
        return await payme.handle(request)

    metrics = await load(handler=handle, payers=3, rate=2000)
    assert (metrics.wrong, metrics.lives, len(callers)) == (0, ORDERS, 3)

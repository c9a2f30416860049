"""The load client believes no answer: right ones are counted as lives, wrong ones as wrong, whatever their speed."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench import client
from bench.load import Load
from bench.plan import Figures, Plan

ORDERS = 40
Handler = Callable[[web.Request], Awaitable[web.Response]]
Run = Callable[[Plan], Awaitable[Figures]]
Twist = Callable[[str, dict[str, Any]], dict[str, Any]]


class Payme:
    """Answers as a gateway should; then `twist` does to the answer what it likes."""

    def __init__(self, twist: Twist) -> None:
        self._twist = twist
        self._ids = itertools.count(1)
        self._payments: dict[str, dict[str, Any]] = {}

    async def answer(self, request: web.Request) -> web.Response:
        call = orjson.loads(await request.read())
        result = getattr(self, call["method"])(call["params"])
        answer = {"jsonrpc": "2.0", "id": call["id"], "result": dict(result)}
        return web.json_response(self._twist(call["method"], answer))

    def CheckPerformTransaction(self, params):
        return {"allow": True}

    def CreateTransaction(self, params):
        made = {"create_time": 5, "perform_time": 0, "cancel_time": 0, "transaction": str(next(self._ids)), "state": 1}
        return self._payments.setdefault(params["id"], made)

    def PerformTransaction(self, params):
        payment = self._payments[params["id"]]
        payment |= {"state": 2, "perform_time": 7}
        return payment

    def CheckTransaction(self, params):
        return self._payments[params["id"]]


async def within(plan: Plan) -> Figures:
    """The test's own process is the client's as well."""
    return await Load(plan).play()


async def load(twist: Twist, **more: Any) -> Figures:
    return await load_on(Payme(twist).answer, **more)


async def load_on(handler: Handler, run: Run = within, life: str = "paid", payers: int = 4, **more: Any) -> Figures:
    """What the client reports of forty orders. It ends when they are used up, however long that takes."""
    app = web.Application()
    app.router.add_post("/", handler)
    async with TestServer(app) as server:
        assert server.port is not None
        return await run(Plan(life, server.port, "/", "key", 1, ORDERS, payers, seconds=60, warmup=0, **more))


def honest(method: str, answer: dict[str, Any]) -> dict[str, Any]:
    return answer


def twisted(wanted: str, **changes: Any) -> Twist:
    """The results of one method, changed."""

    def twist(method: str, answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"result": answer["result"] | changes} if method == wanted else answer

    return twist


async def test_right_answers_are_lives():
    metrics = await load(honest)
    assert (metrics.wrong, metrics.left_over, metrics.try_again) == (0, 0, 0)
    assert (metrics.orders_used, metrics.orders_lacking) == (ORDERS, True)
    assert metrics.lives == ORDERS
    assert {method: spread.count for method, spread in metrics.times.items()} == {
        "life": ORDERS,
        "CheckPerformTransaction": ORDERS,
        "CreateTransaction": ORDERS,
        "PerformTransaction": ORDERS,
        "CheckTransaction": ORDERS,
    }


async def test_the_client_reports_from_a_process_of_its_own():
    metrics = await load(honest, run=client.run)
    assert (metrics.wrong, metrics.orders_used) == (0, ORDERS)


@pytest.mark.parametrize(
    "twist",
    [
        twisted("CheckPerformTransaction", allow=False),
        twisted("CreateTransaction", state=2),
        twisted("CreateTransaction", create_time=0),
        twisted("CreateTransaction", transaction=17),
        twisted("PerformTransaction", state=1),
        twisted("PerformTransaction", perform_time=0),
        twisted("PerformTransaction", transaction="another"),
        twisted("CheckTransaction", state=1),
        twisted("CheckTransaction", create_time=6),
        twisted("CheckTransaction", perform_time=8),
        twisted("CheckTransaction", cancel_time=9),
        twisted("CheckTransaction", transaction="another"),
        lambda method, answer: answer | {"id": 0},
        lambda method, answer: {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -31008, "message": "No"}},
        lambda method, answer: {"jsonrpc": "2.0", "id": answer["id"]},
        lambda method, answer: {"result": []},
    ],
)
async def test_wrong_answers_are_wrong(twist):
    metrics = await load(twist)
    assert (metrics.wrong, metrics.lives, metrics.left_over) == (ORDERS, 0, 0)


async def test_one_wrong_answer_among_many_is_found():
    numbers = itertools.count()

    def once(method: str, answer: dict[str, Any]) -> dict[str, Any]:
        if method == "CheckTransaction" and next(numbers) == 30:
            return twisted(method, state=1)(method, answer)
        return answer

    metrics = await load(once)
    assert (metrics.wrong, metrics.lives) == (1, ORDERS - 1)
    assert metrics.wrongs[0].startswith("CheckTransaction: it does not stand as it was said to")


async def test_a_broken_connection_is_wrong_and_another_takes_its_place():
    async def abort(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
        request.transport.close()
        return web.Response()

    metrics = await load_on(abort)
    assert metrics.lives == 0
    assert metrics.wrong == metrics.orders_used > 4


async def test_an_answer_to_try_again_is_neither_wrong_nor_a_life():
    def busy(method: str, answer: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32400, "message": "Later"}}

    metrics = await load(busy)
    assert (metrics.wrong, metrics.lives, metrics.try_again) == (0, 0, ORDERS)


async def test_at_a_rate_a_life_is_late_from_its_planned_beginning():
    """One connection and lives of 40 ms that begin every 20: each waits longer than the one before."""

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(0.04)
        call = orjson.loads(await request.read())
        return web.json_response({"jsonrpc": "2.0", "id": call["id"], "result": call["params"]})

    metrics = await load_on(slow, life="echoed", payers=1, rate=50)
    assert metrics.wrong == 0
    assert metrics.times["life"].most > 300

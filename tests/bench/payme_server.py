"""A gateway of Payme's protocol that answers right, and does to each answer what a test likes."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Twist = Callable[[str, Json], Json]
"""Of a method and its answer makes another."""


def honest(method: str, answer: Json) -> Json:
    return answer


def twisted(wanted: str, **changes: Any) -> Twist:
    """The results of one method, changed."""

    def twist(method: str, answer: Json) -> Json:
        return answer | {"result": answer["result"] | changes} if method == wanted else answer

    return twist


def busy(method: str, answer: Json, code: int = -32400) -> Json:
    """Whatever is asked, it may be asked again later."""
    return {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": code, "message": "No"}}


def busy_for(wanted: str, first: int = 10**9) -> Twist:
    """One method is to be tried again, each call of it the first few times."""
    asked: dict[int, int] = {}

    def twist(method: str, answer: Json) -> Json:
        if method != wanted:
            return answer
        asked[answer["id"]] = asked.get(answer["id"], 0) + 1
        return busy(method, answer) if asked[answer["id"]] <= first else answer

    return twist


class PaymeServer:
    def __init__(self, twist: Twist = honest) -> None:
        self._twist = twist
        self._ids = itertools.count(1)
        self._payments: dict[str, Json] = {}

    async def handle(self, request: web.Request) -> web.Response:
        return web.Response(body=self.answer(await request.read()), content_type="application/json")

    def answer(self, body: bytes) -> bytes:
        call = json.loads(body)
        result = getattr(self, call["method"])(call["params"])
        answer = {"jsonrpc": "2.0", "id": call["id"], "result": dict(result)}
        return json.dumps(self._twist(call["method"], answer)).encode()

    def Echo(self, params: Json) -> Json:
        return params

    def CheckPerformTransaction(self, params: Json) -> Json:
        return {"allow": True}

    def CreateTransaction(self, params: Json) -> Json:
        made = {"create_time": 5, "perform_time": 0, "cancel_time": 0, "transaction": str(next(self._ids)), "state": 1}
        return self._payments.setdefault(params["id"], made)

    def PerformTransaction(self, params: Json) -> Json:
        payment = self._payments[params["id"]]
        payment |= {"state": 2, "perform_time": 7}
        return payment

    def CheckTransaction(self, params: Json) -> Json:
        return self._payments[params["id"]]

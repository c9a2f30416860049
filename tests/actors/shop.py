"""A shop: its software at the merchant API, and a look into the tables that it never gets."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import aiohttp
from multidict import CIMultiDictProxy
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from tests.last_release.database import LATER_SHOP

Json = dict[str, Any]


LINKS = ("links", "link_problems", "forms")
"""What an order's answer says of how its payer is sent to the checkout."""

OURS = f"shop <> '{LATER_SHOP}'"
"""Rows of a later release may lie about, of a shop that no test has."""


class Answer(NamedTuple):
    status: int
    headers: CIMultiDictProxy[str]
    body: Any
    """Parsed where it is JSON, text otherwise."""


class Shop:
    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, database: AsyncEngine) -> None:
        self.http, self.url, self.token, self.database = http, url.rstrip("/"), token, database

    def with_token(self, token: str) -> "Shop":
        """Another caller of the same interface."""
        return Shop(self.http, self.url, token, self.database)

    async def opens(self, account: str, amount: int | None = 500_00, **more: Any) -> Json:
        """A new order."""
        status, _, order = await self.posts(account, amount, **more)
        assert status == 201, order
        return order

    async def posts(self, account: str, amount: int | None = 500_00, **more: Any) -> Answer:
        """An order, new or not. `amount=None` leaves it out, for a balance."""
        order = {"account": account, **({} if amount is None else {"amount": amount}), **more}
        return await self.calls("POST", "/api/v1/orders", json=order)

    async def shows(self, account: str) -> Json:
        return await self._order("GET", account)

    async def closes(self, account: str, **body: Any) -> Json:
        return await self._order("POST", account, "/cancel", body)

    async def amends(self, account: str, **changes: Any) -> Json:
        return await self._order("PATCH", account, "", changes)

    async def releases(self, account: str, **body: Any) -> Json:
        return await self._order("POST", account, "/release", body)

    async def reopens(self, account: str, **body: Any) -> Json:
        return await self._order("POST", account, "/reopen", body)

    async def delivers(self, account: str) -> Json:
        return await self._order("POST", account, "/deliver")

    async def lists(self, query: str = "") -> Json:
        status, _, page = await self.calls("GET", f"/api/v1/orders{query}")
        assert status == 200, page
        return page

    async def searches(self, text: str, **parameters: Any) -> Answer:
        """Orders that go by the text."""
        query = urlencode({"find": text, **parameters}, quote_via=quote)
        return await self.calls("GET", f"/api/v1/orders?{query}")

    async def calls(self, method: str, path: str, json: Any = None, **more: Any) -> Answer:
        """Any call, and its answer parsed."""
        status, headers, body = await self.asks(method, path, json, **more)
        return Answer(status, headers, _parsed(body))

    async def asks(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Any call, and its answer as text. The path goes out as it stands, and so does `body` instead of `json`."""
        sent = {"Authorization": f"Bearer {self.token}"} | dict(headers or {})
        url = URL(self.url + path, encoded=True)
        content: Json = {"json": json} if body is None else {"data": body}
        async with self.http.request(method, url, headers=sent, **content) as response:
            return Answer(response.status, response.headers, await response.text())

    async def refused(self, method: str, path: str, json: Any = None, **more: Any) -> tuple[int, str]:
        """The status and the word of the problem, which must be whole."""
        status, headers, problem = await self.calls(method, path, json=json, **more)
        assert headers["Content-Type"] == "application/problem+json; charset=utf-8", problem
        assert problem.keys() == {"type", "title", "status", "detail", "errors"}
        assert problem["status"] == status
        return status, problem["type"].removeprefix("urn:problem-type:tiyin:")

    async def field_errors(self, json: Any = None, **more: Any) -> list[tuple[str, str]]:
        """What is wrong with an order that is not opened: field and message."""
        status, _, problem = await self.calls("POST", "/api/v1/orders", json=json, **more)
        assert status == 422, problem
        return [(error["field"], error["message"]) for error in problem["errors"]]

    async def states(self) -> list[tuple[str | None, str]]:
        """Of every payment and its order, oldest payment first; None for an order that has none."""
        rows = await self.reads(
            "SELECT p.state, o.state FROM orders o LEFT JOIN payments p ON p.order_id = o.id"
            f" WHERE o.{OURS} ORDER BY p.id NULLS FIRST, o.id"
        )
        return [(payment, order) for payment, order in rows]

    async def events(self) -> list[str]:
        """What the shop is to hear of, in each order's own order."""
        statement = f"SELECT event FROM outbox WHERE {OURS} ORDER BY order_id, sequence"
        return [event for (event,) in await self.reads(statement)]

    async def transitions(self) -> list[str]:
        """Every change, in each order's own order."""
        statement = f"SELECT verb FROM transitions WHERE {OURS} ORDER BY order_id, version"
        return [verb for (verb,) in await self.reads(statement)]

    async def reads(self, statement: str, **values: Any) -> list[Any]:
        """Rows of the tables."""
        async with self.database.connect() as connection:
            return list(await connection.execute(text(statement), values))

    async def _order(self, method: str, account: str, verb: str = "", body: Json | None = None) -> Json:
        status, _, order = await self.calls(method, f"/api/v1/orders/{quote(account, safe='')}{verb}", body or None)
        assert status == 200, order
        return order


def without_links(order: Json) -> Json:
    return {name: value for name, value in order.items() if name not in LINKS}


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body

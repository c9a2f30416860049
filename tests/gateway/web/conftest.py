"""A page of the tests' own, made with the web kit and served without database or core."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.web import page, page_application, translator_of

EXAMPLE = "tests.gateway.web.example"


async def refuse(request: web.Request) -> web.Response:
    return page(request, "page.html", "web/notice.html", {"notice": "refused", "items": 0}, 403)


async def show(request: web.Request) -> web.Response:
    items = int(request.query.get("items", "0"))
    notice = translator_of(request).ngettext("%(num)d item", "%(num)d items", items)
    return page(request, "page.html", "web/notice.html", {"notice": notice, "items": items})


async def change(_: web.Request) -> web.Response:
    return web.Response(text="changed", headers={"Content-Security-Policy": "default-src *"})


async def fail(_: web.Request) -> web.Response:
    raise RuntimeError("on purpose")


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:
    example = page_application("/example", EXAMPLE, refuse)
    example.router.add_get("", show)
    example.router.add_route("*", "/change", change)
    example.router.add_get("/fail", fail)
    app = web.Application()
    app.add_subapp("/example", example)
    async with TestClient(TestServer(app)) as client:
        yield client

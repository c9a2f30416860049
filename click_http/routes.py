"""Click's paths. Both of its URLs may be one: what is asked stands in `action`, never in the path."""

from collections.abc import Mapping
from itertools import product
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from click_http.service import Service
from click_http.view import CONTEXT, ClickContext, callback
from core import Core
from inbound.callers import FailedAuthLimiter

PATH: Final = "/payment/callback/click"


def setup(app: web.Application, core: Core, services: Mapping[str, Service], failed_auth: FailedAuthLimiter) -> None:
    """No services, no paths. The fixed paths come first: `prepare` and `complete` are no shops' names."""
    if not services:
        return
    app[CONTEXT] = ClickContext(core, services, failed_auth)
    for shop, stage, slash in product(("", "/{shop}"), ("", "/prepare", "/complete"), ("", "/")):
        app.router.add_route("*", PATH + shop + stage + slash, callback, expect_handler=_go_on)


async def _go_on(request: web.Request) -> None:
    """Whatever is expected of us, the call is answered: aiohttp's own handler says 417 to what it does not know."""
    if request.version == HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0

"""Opens Payme's door: its paths, where any HTTP method is answered with status 200."""

from collections.abc import Mapping
from typing import Final

from aiohttp import HttpVersion11, web

from core import Core
from inbound.callers import FailedAuthLimiter
from payme_rpc.cash_box import CashBox
from payme_rpc.context import CONTEXT, PaymeContext
from payme_rpc.handlers import PaymeView
from payme_rpc.view import only_post

PATH: Final = "/payment/callback/payme"


def setup(app: web.Application, core: Core, cash_boxes: Mapping[str, CashBox], failed_auth: FailedAuthLimiter) -> None:
    """Without a cash box there is nothing to call."""
    if not cash_boxes:
        return
    app[CONTEXT] = PaymeContext(core, cash_boxes, failed_auth)
    for path in (PATH, f"{PATH}/", f"{PATH}/{{shop}}", f"{PATH}/{{shop}}/"):  # a redirect would count as a failure
        app.router.add_route("POST", path, PaymeView, expect_handler=_go_on)
        app.router.add_route("*", path, only_post, expect_handler=_go_on)


async def _go_on(request: web.Request) -> None:
    """Whatever is expected of us, the call is answered: aiohttp's own handler says 417 to what it does not know."""
    if request.version == HttpVersion11 and request.headers["Expect"].lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0

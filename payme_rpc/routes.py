"""Payme's paths answer any HTTP method with status 200."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from core import Core
from inbound.body import answer_expectation
from inbound.callers import FailedAuthLimiter
from inbound.shop_path import NOT_RENAMED, shops_by_path
from inbound.short_calls import ShortRoute, add_route
from payme_rpc.cash_box import CashBox
from payme_rpc.context import CONTEXT, PaymeContext
from payme_rpc.handlers import PaymeView, answer_short
from payme_rpc.view import refuse_method

PATH: Final = "/payment/callback/payme"


def setup(
    app: web.Application,
    core: Core,
    cash_boxes: Mapping[str, CashBox],
    failed_auth: FailedAuthLimiter,
    former_names: Mapping[str, str] = NOT_RENAMED,
) -> None:
    """No cash boxes, no paths. `former_names`: of shops that were renamed, by them the names that they have now."""
    if not cash_boxes:
        return
    app[CONTEXT] = PaymeContext(core, shops_by_path(cash_boxes, former_names), failed_auth)
    for path in (PATH, f"{PATH}/", f"{PATH}/{{shop}}", f"{PATH}/{{shop}}/"):  # a redirect would count as a failure
        app.router.add_route("POST", path, PaymeView, expect_handler=answer_expectation)
        app.router.add_route("*", path, refuse_method, expect_handler=answer_expectation)
    for shop in app[CONTEXT].cash_boxes:
        path, match_info = (PATH, {}) if shop is None else (f"{PATH}/{shop}", {"shop": shop})
        for spelled in (path, f"{path}/"):
            add_route(app, spelled, ShortRoute(answer_short, match_info))

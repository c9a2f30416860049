"""Click's paths all take both calls: `action` says which one it is, never the path."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from aiohttp import web

from click_http.context import CONTEXT, ClickContext
from click_http.service import Service
from click_http.view import answer_short, callback
from core import Core
from inbound.body import answer_expectation
from inbound.callers import FailedAuthLimiter
from inbound.shop_path import NOT_RENAMED, shops_by_path
from inbound.short_calls import ShortRoute, add_route

PATH: Final = "/payment/callback/click"
STAGES: Final = ("", "/prepare", "/complete")
SLASHES: Final = ("", "/")


def setup(
    app: web.Application,
    core: Core,
    services: Mapping[str, Sequence[Service]],
    failed_auth: FailedAuthLimiter,
    former_names: Mapping[str, str] = NOT_RENAMED,
) -> None:
    """No services, no paths. The fixed paths come first: `prepare` and `complete` are no shops' names.

    `former_names`: of shops that were renamed, by them the names that they have now.
    """
    if not services:
        return
    app[CONTEXT] = ClickContext(core, shops_by_path(services, former_names), failed_auth)
    for shop, stage, slash in product(("", "/{shop}"), STAGES, SLASHES):
        app.router.add_route("*", PATH + shop + stage + slash, callback, expect_handler=answer_expectation)
    for name, stage, slash in product(app[CONTEXT].services, STAGES, SLASHES):
        path, match_info = (PATH, {}) if name is None else (f"{PATH}/{name}", {"shop": name})
        add_route(app, path + stage + slash, ShortRoute(answer_short, match_info))

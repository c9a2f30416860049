"""Click's paths. Both of its URLs may be one: what is asked stands in `action`, never in the path."""

from collections.abc import Mapping
from itertools import product
from typing import Final

from aiohttp import web

from click_http.service import Service
from click_http.view import DOOR, Door, callback
from core.core import Core

PATH: Final = "/payment/callback/click"


def setup(app: web.Application, core: Core, services: Mapping[str, Service]) -> None:
    """No services, no paths. The fixed paths come first: `prepare` and `complete` are no shops' names."""
    if not services:
        return
    app[DOOR] = Door(core, services)
    for shop, stage, slash in product(("", "/{shop}"), ("", "/prepare", "/complete"), ("", "/")):
        app.router.add_route("*", PATH + shop + stage + slash, callback)

"""The sandbox page has two routes: the menu by GET, a run by POST."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import hdrs, web
from markupsafe import Markup

from core import Core
from gateway.config.settings import Settings
from gateway.sandbox_page import views
from gateway.sandbox_page.runs import SUITES, Busy, Runs, TooManyRuns, own_address
from gateway.sandbox_page.targets import ProviderName, Target, targets
from gateway.web import page, page_application, translator_of

log = logging.getLogger(__name__)

RUNS: Final = web.AppKey("sandbox_runs", Runs)
TARGETS: Final = web.AppKey("sandbox_targets", dict[str, Target])

PREFIX: Final = "/sandbox"
BODY_SECONDS: Final = 10.0
SIGNS: Final = {"passed": "✓", "failed": "✗", "skipped": "–"}


def setup(app: web.Application, core: Core, settings: Settings) -> None:
    """Mounts the page only if a shop is open to Payme's test cabinet; without one there is none."""
    shops = targets(settings)
    if not shops:
        return
    sandbox = page_application(PREFIX, __package__ or "", refuse_other_site)
    sandbox[TARGETS] = shops
    sandbox[RUNS] = Runs(core)
    aiohttp_jinja2.get_env(sandbox).globals.update(sign=SIGNS.get, mark=_mark)
    sandbox.router.add_get("", redirect_to_first)
    sandbox.router.add_get("/", redirect_to_first)
    sandbox.router.add_get("/{shop}/{provider:payme|click}", show)
    sandbox.router.add_post("/{shop}/{provider:payme|click}", play)
    app.add_subapp(PREFIX, sandbox)


async def redirect_to_first(request: web.Request) -> web.Response:
    first = next(iter(request.app[TARGETS].values()))
    address = _address(first.shop, first.providers[0], request.query.get("lang"))
    return web.Response(status=302, headers={hdrs.LOCATION: address})


async def show(request: web.Request) -> web.Response:
    return _page(request, "welcome.html", {})


async def play(request: web.Request) -> web.Response:
    """Runs the tests of the pressed button. With htmx only the results go back, without it the whole page."""
    target, provider = _target(request)
    translator = translator_of(request)
    title, checks = views.chosen(SUITES[provider], await _pressed(request), translator)
    if not checks:
        return _notice(request, translator.gettext("There is no such test. Open the page again."), 404)
    try:
        report = await request.app[RUNS].play(target, provider, checks, own_address(request))
    except Busy:
        busy = translator.gettext("Another run is still under way. Wait a few seconds and press again.")
        return _notice(request, busy, 409)
    except TooManyRuns:
        many = translator.gettext("There were too many runs. Wait a few minutes and press again.")
        return _notice(request, many, 429)
    except Exception:
        log.exception("sandbox run failed")
        broken = translator.gettext(
            "The run could not be made: the gateway could not open orders or answer itself. "
            "The gateway's log says more."
        )
        return _notice(request, broken, 500)
    return _page(request, "results.html", {"report": views.view(report, title, translator)})


async def refuse_other_site(request: web.Request) -> web.Response:
    notice = translator_of(request).gettext(
        "The request did not come from this page, so the test was not run. Open the page again."
    )
    return _notice(request, notice, 403)


async def _pressed(request: web.Request) -> str:
    """The button's value; nothing where there is none to be read."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return str((await request.post()).get("run", ""))
    except (TimeoutError, ValueError, LookupError):
        return ""


def _notice(request: web.Request, notice: str, status: int) -> web.Response:
    return _page(request, "web/notice.html", {"notice": notice}, status)


def _page(request: web.Request, body: str, more: Mapping[str, Any], status: int = 200) -> web.Response:
    target, provider = _target(request)
    translator = translator_of(request)
    report = more.get("report")
    context = {
        "shop": target.shop,
        "shop_links": [(shop, _address(shop, provider, translator.language)) for shop in request.app[TARGETS]],
        "provider": provider,
        "provider_links": [
            (each.capitalize(), _address(target.shop, each, translator.language)) for each in target.providers
        ],
        "here": _address(target.shop, provider, translator.language),
        "menu": views.menu(SUITES[provider], translator),
        "verdicts": {outcome.id: outcome.verdict for outcome in report.outcomes} if report else {},
        **more,
    }
    return page(request, "page.html", body, context, status)


def _target(request: web.Request) -> tuple[Target, ProviderName]:
    """The shop and the provider of the address. Raises HTTPNotFound where the page has none such."""
    target = request.app[TARGETS].get(request.match_info["shop"])
    for provider in target.providers if target else ():
        if target and provider == request.match_info["provider"]:
            return target, provider
    raise web.HTTPNotFound


def _address(shop: str, provider: str, language: str | None) -> str:
    return f"{PREFIX}/{shop}/{provider}" + (f"?{urlencode({'lang': language})}" if language else "")


def _mark(verdict: str | None) -> Markup:
    """The sign beside a menu item, once it has run."""
    return Markup('<span class="{}">{}</span>').format(verdict, SIGNS[verdict]) if verdict else Markup("")

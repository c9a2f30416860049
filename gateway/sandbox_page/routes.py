"""The page's routes: the menu by GET, a run by POST, and the files that the page needs."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from markupsafe import Markup

from core import Core
from gateway.config.settings import Settings
from gateway.sandbox_page import views
from gateway.sandbox_page.runs import SUITES, Busy, Runs, own_address
from gateway.sandbox_page.targets import ProviderName, Target, targets
from gateway.web.languages import OWN_NAMES, WORDS, Language, chosen_language
from gateway.web.same_site import HEADERS, pressed_on_our_page

log = logging.getLogger(__name__)

RUNS: Final = web.AppKey("sandbox_runs", Runs)
TARGETS: Final = web.AppKey("sandbox_targets", dict[str, Target])

STATIC: Final = {"frame.css": "text/css", "htmx.min.js": "text/javascript", "icon.svg": "image/svg+xml"}
FILES: Final = {name: files("gateway.web").joinpath("static", name).read_bytes() for name in STATIC}
BODY_SECONDS: Final = 10.0
SIGNS: Final = {"passed": "✓", "failed": "✗", "skipped": "–"}


def setup(app: web.Application, core: Core, settings: Settings) -> None:
    """Puts the page there only for shops that are open to Payme's test cabinet; without one there is none."""
    app[TARGETS] = targets(settings)
    if not app[TARGETS]:
        return
    app[RUNS] = Runs(core)
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("gateway.sandbox_page"),
                jinja2.PrefixLoader({"web": jinja2.PackageLoader("gateway.web")}),
            ]
        ),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=_static_link, sign=SIGNS.get, mark=_mark)
    app.router.add_get("/sandbox", to_first)
    app.router.add_get("/sandbox/", to_first)
    app.router.add_get("/sandbox/static/{name}", file)
    app.router.add_get("/sandbox/{shop}/{provider:payme|click}", show)
    app.router.add_post("/sandbox/{shop}/{provider:payme|click}", play)


async def to_first(request: web.Request) -> web.Response:
    known = request.app[TARGETS]
    shop = next(iter(known))
    language = request.query.get("lang")
    where = f"/sandbox/{shop}/payme" + (f"?{urlencode({'lang': language})}" if language else "")
    return web.Response(status=302, headers={**HEADERS, hdrs.LOCATION: where})


async def file(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in FILES:
        raise web.HTTPNotFound
    headers = {**HEADERS, hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable"}  # its address has its digest
    return web.Response(body=FILES[name], content_type=STATIC[name], charset="utf-8", headers=headers)


async def show(request: web.Request) -> web.Response:
    return _page(request, "welcome.html", {})


async def play(request: web.Request) -> web.Response:
    """A button was pressed. With htmx only the results go back, without it the whole page."""
    target, provider, language = _asked(request)
    words = WORDS[language]
    if not pressed_on_our_page(request):
        return _page(request, "web/notice.html", {"notice": words["foreign"]}, 403)
    title, checks = views.chosen(SUITES[provider], await _pressed(request), language)
    if not checks:
        return _page(request, "web/notice.html", {"notice": words["unknown"]}, 404)
    try:
        report = await request.app[RUNS].play(target, provider, checks, own_address(request))
    except Busy:
        return _page(request, "web/notice.html", {"notice": words["busy"]}, 409)
    except Exception:
        log.exception("sandbox run failed")
        return _page(request, "web/notice.html", {"notice": words["broken"]}, 500)
    return _page(request, "results.html", {"report": views.view(report, title, language)})


async def _pressed(request: web.Request) -> str:
    """The button's value; nothing where there is none to be read."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return str((await request.post()).get("run", ""))
    except (TimeoutError, ValueError, LookupError):
        return ""


def _page(request: web.Request, body: str, more: Mapping[str, Any], status: int = 200) -> web.Response:
    target, provider, language = _asked(request)
    partial = request.headers.get("HX-Request") == "true"
    report = more.get("report")
    known = request.app[TARGETS]
    context = {
        "words": WORDS[language],
        "language": language,
        "languages": OWN_NAMES,
        "shop": target.shop,
        "shops": list(known),
        "provider": provider,
        "providers": target.providers,
        "link": _linker(target.shop, provider, language),
        "menu": views.menu(SUITES[provider], language),
        "verdicts": {outcome.id: outcome.verdict for outcome in report.outcomes} if report else {},
        "partial": partial,
        "body": body,
        **more,
    }
    text = aiohttp_jinja2.render_string(body if partial else "web/frame.html", request, context)
    return web.Response(
        body=text.encode(errors="backslashreplace"),  # hostile calls may hold what is no character at all
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={**HEADERS, hdrs.CACHE_CONTROL: "no-store"},
    )


def _asked(request: web.Request) -> tuple[Target, ProviderName, Language]:
    target = request.app[TARGETS].get(request.match_info["shop"])
    for provider in target.providers if target else ():
        if target and provider == request.match_info["provider"]:
            return target, provider, chosen_language(request)
    raise web.HTTPNotFound


def _linker(shop: str, provider: str, language: str) -> Any:
    here = {"shop": shop, "provider": provider, "language": language}

    def link(**other: str) -> str:
        there = here | other
        return f"/sandbox/{there['shop']}/{there['provider']}?lang={there['language']}"

    return link


def _static_link(name: str) -> str:
    return f"/sandbox/static/{name}?v={hashlib.sha256(FILES[name]).hexdigest()[:12]}"


def _mark(verdict: str | None) -> Markup:
    """The sign beside a menu item, once it has run."""
    return Markup('<span class="{}">{}</span>').format(verdict, SIGNS[verdict]) if verdict else Markup("")

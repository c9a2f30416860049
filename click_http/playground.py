"""Lets Click's playground, a test page, call a shop's service from the browser (CORS)."""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web

from click_http.service import Service

ORIGIN: Final = "https://docs.click.uz"


def headers(request: web.Request, service: Service | None) -> Mapping[str, str]:
    """What lets the page read our answer; nothing unless this service is open to it, nothing for any other page."""
    if service is None or not service.playground or request.headers.get(hdrs.ORIGIN) != ORIGIN:
        return {}
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: ORIGIN,
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST, OPTIONS",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Content-Type",
        hdrs.VARY: hdrs.ORIGIN,
    }

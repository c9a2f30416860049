"""Lets Click's playground, a test page, call a shop's services from the browser (CORS). It decides nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import hdrs, web

from click_http.service import Service

ORIGIN: Final = "https://docs.click.uz"


def headers(request: web.Request, services: Sequence[Service]) -> Mapping[str, str]:
    """What lets the page read our answer; nothing unless a service is open to it, nothing for any other page."""
    if not any(service.playground for service in services) or request.headers.get(hdrs.ORIGIN) != ORIGIN:
        return {}
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: ORIGIN,
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST, OPTIONS",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Content-Type",
        hdrs.VARY: hdrs.ORIGIN,
    }

"""Refuses a form that another site made a visitor's browser send.

A page's buttons act with rights that another site's visitors may have, so another site must not be able to press them.
"""

from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

SAFE_METHODS: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


def refuse_other_sites(refuse: Handler) -> Middleware:
    """A middleware for a whole application, so that no handler of a POST can forget the check."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        changes_nothing = request.method in SAFE_METHODS or request.match_info.http_exception is not None
        if changes_nothing or comes_from_this_site(request):
            return await handler(request)
        return await refuse(request)

    return check


def comes_from_this_site(request: web.Request) -> bool:
    """Whether the browser says that the form is of this very site. A caller that says nothing is refused.

    Browsers of today send Sec-Fetch-Site, but only to addresses that they trust (https, loopback); all send Origin
    with a POST. The scheme isn't compared: a proxy in front may have ended TLS.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    return _authority(request.headers.get(hdrs.ORIGIN, "")) == request.headers.get(hdrs.HOST, "").lower() != ""


def _authority(origin: str) -> str:
    """Host and port as a Host header has them; empty where the origin names none ("null")."""
    try:
        url = URL(origin)
    except ValueError:
        return ""
    return origin.partition("://")[2].lower() if url.scheme in ("http", "https") and url.host else ""

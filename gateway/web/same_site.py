"""Who may press the page's buttons, and what a browser may do with the page.

The server holds the shop's keys, so a stranger's page must not make a visitor's browser start a run.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web
from yarl import URL

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def pressed_on_our_page(request: web.Request) -> bool:
    """Whether a browser says that the form is of this very site. A caller that says nothing is refused.

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

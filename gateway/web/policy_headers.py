"""Policy headers say what a browser may do with a page; every answer of its application has them, errors included."""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web

CONTENT_SECURITY_POLICY: Final = "; ".join(
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
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def setup(app: web.Application) -> None:
    """A signal, not a middleware: it also sees the 500 that aiohttp answers when a handler raises."""
    app.on_response_prepare.append(_add_headers)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """No handler can loosen the policy; it can only say that its answer may be cached."""
    response.headers.update(HEADERS)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")

"""What is not HTTP is answered with a few words of our own, and logged once in a while for each address."""

import logging
from typing import Final

from gateway.throttle.cooldowns import Cooldowns

log = logging.getLogger(__name__)

NOT_HTTP: Final = "400: this is not HTTP as we take it"
NOT_HTTP_ANSWER: Final = (
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(NOT_HTTP)}\r\nConnection: close\r\n\r\n{NOT_HTTP}"
).encode()

LOG_COOLDOWN_SECONDS: Final = 60.0
"""Between two records of what one address sent."""

_recently_logged: Final = Cooldowns()


def log_not_http(peer: object, reason: str) -> None:
    """Log it, unless its address has been logged a short while ago. `peer`: as the socket names it."""
    address = str(peer[0]) if isinstance(peer, tuple) else "a socket"
    if _recently_logged.start("http", address, LOG_COOLDOWN_SECONDS):
        log.info("request is not HTTP", extra={"remote": address, "error": reason})

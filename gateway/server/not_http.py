"""What is not HTTP is answered with a few words of our own, and noted."""

from collections.abc import Callable
from typing import Final

NoteNotHttp = Callable[[str, str], object]
"""Takes the address that it came from, and what kind of error it is. None of its bytes."""

NOT_HTTP: Final = "400: this is not HTTP as we take it"
NOT_HTTP_ANSWER: Final = (
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(NOT_HTTP)}\r\nConnection: close\r\n\r\n{NOT_HTTP}"
).encode()


def address_of(peer: object) -> str:
    """Name the other end of a connection, as the socket names it."""
    return str(peer[0]) if isinstance(peer, tuple) else "a socket"

"""A short call is a provider's call that has come whole, by a path that was known before. Its view answers it as it
would a request, past aiohttp's requests, routes and responses: they cost more than all that we do for it.

It has what the views use of a request, under the same names.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar, cast

from aiohttp import HttpVersion11, StreamReader, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDictProxy

from inbound.body import BODY_MAX_BYTES

T = TypeVar("T")


class ShortAnswer(NamedTuple):
    body: bytes
    content_type: str
    status: str = "200 OK"


class NeedsRequest(Exception):  # noqa: N818 - nothing has gone wrong
    """Raised for a short call by a view that can answer it only as a request, before anything was done for it."""

    def __init__(self, body: bytes | None = None) -> None:
        """`body`: where it has been read."""
        super().__init__()
        self.body = body


class ShortCall:
    """A call by POST of HTTP/1.1 whose body is there, on a connection that stays open."""

    __slots__ = (
        *("_kept", "app", "content", "headers", "match_info", "message"),
        *("protocol", "remote", "request", "view", "writer"),
        "_task",  # which aiohttp takes away from whatever it has answered
    )

    method: Final = hdrs.METH_POST
    client_max_size: Final = BODY_MAX_BYTES

    def __init__(
        self,
        app: web.Application,
        route: "ShortRoute",
        message: RawRequestMessage,
        content: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
    ) -> None:
        self.app, self.match_info, self.view = app, route.match_info, route.view
        self.message, self.content, self.protocol, self.writer = message, content, protocol, writer
        self.headers: CIMultiDictProxy[str] = message.headers
        peer = protocol.peername
        self.remote = None if peer is None else peer if isinstance(peer, str) else str(peer[0])
        self.request: web.BaseRequest | None = None
        """What answers it in its place."""
        self._kept: dict[object, Any] = {}

    @property
    def path(self) -> str:
        """As it was sent: only such have a short route."""
        return self.message.path

    def __setitem__(self, key: web.RequestKey[T], value: T) -> None:
        self._kept[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def get(self, key: web.RequestKey[T]) -> T | None:
        return cast(T | None, self._kept.get(key))

    def _cancel(self, error: BaseException) -> None:
        """aiohttp does so where the caller is gone, and tells whoever reads the body. A short call's is there."""
        if self.request is not None:
            self.request._cancel(error)


def needs_request(call: object, body: bytes) -> None:
    """Raise NeedsRequest unless it is one. `body`: what has been read."""
    if isinstance(call, ShortCall):
        raise NeedsRequest(body)


def is_short(message: RawRequestMessage, content: StreamReader) -> bool:
    """Whether it can be a short call, wherever it goes."""
    return (
        message.method == hdrs.METH_POST
        and message.version == HttpVersion11
        and not message.should_close
        and not message.upgrade
        and content.is_eof()
        and content.exception() is None
        and content.total_bytes <= BODY_MAX_BYTES
        and hdrs.EXPECT not in message.headers
    )


class ShortRoute(NamedTuple):
    view: Callable[[ShortCall], Awaitable[ShortAnswer]]
    match_info: Mapping[str, str]
    """What a route of aiohttp's would have found in the path."""


SHORT_ROUTES: Final = web.AppKey("short_routes", dict[str, ShortRoute])
"""By path, as it is sent. Whoever is set up puts its own there."""


def add_route(app: web.Application, path: str, route: ShortRoute) -> None:
    """As with aiohttp, the first one that fits a path has it."""
    if SHORT_ROUTES not in app:
        app[SHORT_ROUTES] = {}
    app[SHORT_ROUTES].setdefault(path, route)

"""The short path takes short calls from aiohttp's parser to their views, and their answers to its connection.

All else stays aiohttp's: the one parser, the order of calls that came together, when a connection is read, kept open,
closed. A call that is not short in every respect is a request, as ever.
"""

from typing import Any, Final

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from core import correlation_id
from gateway.http.health import READINESS
from gateway.http.middleware import CALL_ID, observe_short
from gateway.http.ready_response import ReadyResponse
from inbound.body import BODY_MAX_BYTES
from inbound.short_calls import SHORT_ROUTES, NeedsRequest, ShortCall, ShortRoute, is_short

NO_TASK: Final[Any] = None
"""Of a request that stands in for a short call: nobody asks for its task, and aiohttp, which does not know the request,
would leave it in a circle with that."""


class ShortPath:
    """Makes what is to be answered of a message that has been read, and answers it."""

    def __init__(self, app: web.Application, server: web.Server) -> None:
        """`server`: aiohttp's, which does the same for all other calls."""
        self._app = app
        self._routes: dict[str, ShortRoute] = app.get(SHORT_ROUTES, {})
        self._make_request, self._answer_request = server.request_factory, server.request_handler

    def make_call(
        self,
        message: RawRequestMessage,
        content: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: Any,
    ) -> web.BaseRequest | ShortCall:
        route = self._routes.get(message.path)
        if route is None or not is_short(message, content):
            return self._make_request(message, content, protocol, writer, task)
        return ShortCall(self._app, route, message, content, protocol, writer)

    async def answer(self, call: web.BaseRequest | ShortCall) -> web.StreamResponse | ReadyResponse:
        if not isinstance(call, ShortCall):
            return await self._answer_request(call)
        try:
            answer = await observe_short(call)
            return ReadyResponse(answer, keep_alive=not call.app[READINESS].draining)
        except NeedsRequest as error:
            call.request = self._request_of(call, call.content if error.body is None else _again(call, error.body))
            call.request[CALL_ID] = correlation_id.get()
        except Exception:  # aiohttp answers it, as it would any request
            call.request = self._request_of(call, call.content)
            raise
        return await self._answer_request(call.request)

    def _request_of(self, call: ShortCall, content: StreamReader) -> web.BaseRequest:
        return self._make_request(call.message, content, call.protocol, call.writer, NO_TASK)


def _again(call: ShortCall, body: bytes) -> StreamReader:
    """Make a body that can be read once more."""
    content = StreamReader(call.protocol, BODY_MAX_BYTES)
    content.feed_data(body)
    content.feed_eof()
    return content

"""Reads a request's body within a bound of size and time, and closes a connection whose body will not come."""

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Final, NamedTuple

from aiohttp import HttpVersion11, hdrs, web

from inbound.traceback import drop_traceback

BODY_MAX_BYTES: Final = 64 * 1024
"""An order with a hundred lines has a quarter of it; a provider's call a hundredth."""

BODY_READ_MAX_SECONDS: Final = 10
"""A provider's body comes with its head; a line that needs longer for 64 KiB is broken, or held open."""


class BodyFailure(Enum):
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    """It has not come in time, and nobody knows whether it will."""
    DAMAGED = "damaged"
    """It is ill encoded, or the connection was cut off."""


class Body(NamedTuple):
    content: bytes = b""
    failure: BodyFailure | None = None
    """Kept, not raised: the credentials are answered first, then the body."""


async def read_body(request: web.Request) -> Body:
    try:
        if request.content.is_eof() and request.content.total_bytes <= request.client_max_size:
            return Body(request.content.read_nowait())  # it came with its head, as it nearly always does
        if _is_too_large(request):
            return Body(failure=BodyFailure.TOO_LARGE)
        async with asyncio.timeout(BODY_READ_MAX_SECONDS):
            return Body(await request.read())
    except TimeoutError:
        return Body(failure=BodyFailure.TOO_SLOW)
    except web.HTTPRequestEntityTooLarge:
        return Body(failure=BodyFailure.TOO_LARGE)
    except (web.RequestPayloadError, ConnectionError) as error:
        drop_traceback(error)
        return Body(failure=BodyFailure.DAMAGED)


async def respond_and_close(
    request: web.Request, response: web.StreamResponse, failure: BodyFailure
) -> web.StreamResponse:
    """Make the response the last one on its connection.

    It is closed at once where the server would go on waiting for the rest of the body. That of one that is too large is
    on its way: the server throws it away for a moment, or the caller would not come to read the answer.
    """
    response.force_close()
    if failure is BodyFailure.TOO_LARGE:
        return response
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    request.protocol.force_close()
    return response


async def answer_expectation(request: web.Request) -> None:
    """Answer `Expect: 100-continue`, and pass over any other expectation: aiohttp's own handler answers it with 417.

    Nobody is asked for a body that is too large.

    A caller that has gone meanwhile is found out by whoever reads its body. Here it would be an error with a traceback,
    which anybody could cause.
    """
    if _is_too_large(request):
        return
    if request.version == HttpVersion11 and request.headers[hdrs.EXPECT].lower() == "100-continue":
        with suppress(ConnectionError):
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _is_too_large(request: web.Request) -> bool:
    """Whether its head says so."""
    return (request.content_length or 0) > request.client_max_size

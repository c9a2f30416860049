"""Reads a request's body within a bound of size and time, and closes a connection whose body will not come."""

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Final, NamedTuple

from aiohttp import HttpVersion11, hdrs, web

from inbound.traceback import drop_traceback

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
        async with asyncio.timeout(BODY_READ_MAX_SECONDS):
            return Body(await request.read())
    except TimeoutError:
        return Body(failure=BodyFailure.TOO_SLOW)
    except web.HTTPRequestEntityTooLarge:
        return Body(failure=BodyFailure.TOO_LARGE)
    except (web.RequestPayloadError, ConnectionError) as error:
        drop_traceback(error)
        return Body(failure=BodyFailure.DAMAGED)


async def respond_and_close(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Send the response and close the connection at once: the server would go on waiting for the rest of the body."""
    response.force_close()
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    request.protocol.force_close()
    return response


async def answer_expectation(request: web.Request) -> None:
    """Answer `Expect: 100-continue`, and pass over any other expectation: aiohttp's own handler answers it with 417.

    A caller that has gone meanwhile is found out by whoever reads its body. Here it would be an error with a traceback,
    which anybody could cause.
    """
    if request.version == HttpVersion11 and request.headers[hdrs.EXPECT].lower() == "100-continue":
        with suppress(ConnectionError):
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0

"""Takes in a request's body, bounded in size and in time."""

import asyncio
from contextlib import suppress
from typing import Final, NamedTuple

from aiohttp import web

from payme_rpc.errors import UNREADABLE, RpcError

PATIENCE: Final = 10.0
"""Seconds for a whole body."""


class Received(NamedTuple):
    body: bytes
    late: bool = False
    """It has not come in time, and nobody knows whether it will."""
    error: RpcError | None = None


async def receive(request: web.Request) -> Received:
    """Whatever happens is kept, not raised: who may not call hears of that first, not of the body."""
    try:
        if request.content.is_eof() and request.content.total_bytes <= request.client_max_size:
            return Received(request.content.read_nowait())  # it came with its head, as it nearly always does
        async with asyncio.timeout(PATIENCE):
            return Received(await request.read())
    except TimeoutError:
        return Received(b"", late=True, error=RpcError(UNREADABLE))
    except (web.HTTPException, web.RequestPayloadError, ConnectionError):  # too large, ill encoded, cut off
        return Received(b"", error=RpcError(UNREADABLE))


async def abort(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Answer, then close at once: the server would go on waiting for the rest of the body."""
    response.force_close()
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    request.protocol.force_close()
    return response

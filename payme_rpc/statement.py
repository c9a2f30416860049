"""Answers GetStatement: in one piece if the statement is short, streamed page by page as it is read if it is long."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web

from core import StatementLine, TryAgain
from payme_rpc import wire
from payme_rpc.responses import entry
from payme_rpc.view import HEADERS
from schema.values import from_ms

log = logging.getLogger(__name__)

SLOT_WAIT_MAX_SECONDS: Final = 3.0
"""After that the caller is asked to try again."""

STREAM_MAX_SECONDS: Final = 60.0
"""A slow reader must not keep a database connection."""

_LAST_MOMENT_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, where moments end."""


@dataclass(frozen=True, slots=True)
class StatementResponse:
    result: wire.StatementResult | web.StreamResponse
    """A response that was streamed has been sent already."""
    entries: int


def moment(ms: int) -> datetime:
    """Of any integer: no payment lies beyond the representable ones."""
    return from_ms(min(max(ms, 0), _LAST_MOMENT_MS))


@asynccontextmanager
async def slot(slots: asyncio.Semaphore) -> AsyncIterator[None]:
    """Each statement holds a database connection while it is sent: only so many at once."""
    try:
        async with asyncio.timeout(SLOT_WAIT_MAX_SECONDS):
            await slots.acquire()
    except TimeoutError:
        raise TryAgain from None
    try:
        yield
    finally:
        slots.release()


async def respond(
    pages: AsyncGenerator[list[StatementLine], None], request: web.Request, rpc_id: int | str | None
) -> StatementResponse:
    async with aclosing(pages):
        first: list[StatementLine] = await anext(pages, [])
        second: list[StatementLine] = await anext(pages, [])
        if not second:
            result: wire.StatementResult = {"transactions": [entry(line) for line in first]}
            return StatementResponse(result, len(first))
        return await _stream(_joined(first, second, pages), request, rpc_id)


async def _joined(
    first: list[StatementLine], second: list[StatementLine], rest: AsyncIterator[list[StatementLine]]
) -> AsyncIterator[list[StatementLine]]:
    yield first
    yield second
    async for page in rest:
        yield page


async def _stream(
    pages: AsyncIterator[list[StatementLine]], request: web.Request, rpc_id: int | str | None
) -> StatementResponse:
    response, entries = web.StreamResponse(headers=HEADERS), 0
    try:
        async with asyncio.timeout(STREAM_MAX_SECONDS):
            await response.prepare(request)
            before = f'{{"jsonrpc":"2.0","id":{json.dumps(rpc_id)},"result":{{"transactions":['
            async for page in pages:
                await response.write((before + _text(page)).encode())
                entries, before = entries + len(page), ","
            await response.write(b"]}}")
            await response.write_eof()
    except BaseException as error:
        _abort(request)
        if isinstance(error, ConnectionError | TimeoutError):
            raise TryAgain from error
        raise
    return StatementResponse(response, entries)


def _text(page: Iterable[StatementLine]) -> str:
    return ",".join(json.dumps(entry(line), ensure_ascii=False, separators=(",", ":")) for line in page)


def _abort(request: web.Request) -> None:
    """A statement that ends early must not look whole: the connection ends in the middle of it."""
    log.warning("statement aborted", extra={"interface": "payme"})
    if request.transport is not None:
        request.transport.abort()

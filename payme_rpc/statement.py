"""Tells a statement: at once if it is short, page by page as it is read if it is long."""

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

PATIENCE: Final = 3.0
"""Seconds to wait for a turn; after that the caller is asked to try again."""

LONGEST: Final = 60.0
"""Seconds for a whole statement: a slow reader must not hold the books open."""

_LAST_MOMENT: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, where moments end."""


@dataclass(frozen=True, slots=True)
class Told:
    result: wire.Statement | web.StreamResponse
    """A response has left already."""
    entries: int


def moment(ms: int) -> datetime:
    """Of any integer: no payment lies beyond the representable ones."""
    return from_ms(min(max(ms, 0), _LAST_MOMENT))


@asynccontextmanager
async def turn(statements: asyncio.Semaphore) -> AsyncIterator[None]:
    """Each statement holds a database connection while it is told: only so many at once."""
    try:
        async with asyncio.timeout(PATIENCE):
            await statements.acquire()
    except TimeoutError:
        raise TryAgain from None
    try:
        yield
    finally:
        statements.release()


async def tell(
    pages: AsyncGenerator[list[StatementLine], None], request: web.Request, rpc_id: int | str | None
) -> Told:
    async with aclosing(pages):
        first: list[StatementLine] = await anext(pages, [])
        second: list[StatementLine] = await anext(pages, [])
        if not second:
            return Told({"transactions": [entry(line) for line in first]}, len(first))
        return await _stream(_joined(first, second, pages), request, rpc_id)


async def _joined(
    first: list[StatementLine], second: list[StatementLine], rest: AsyncIterator[list[StatementLine]]
) -> AsyncIterator[list[StatementLine]]:
    yield first
    yield second
    async for page in rest:
        yield page


async def _stream(pages: AsyncIterator[list[StatementLine]], request: web.Request, rpc_id: int | str | None) -> Told:
    response, entries = web.StreamResponse(headers=HEADERS), 0
    try:
        async with asyncio.timeout(LONGEST):
            await response.prepare(request)
            before = f'{{"jsonrpc":"2.0","id":{json.dumps(rpc_id)},"result":{{"transactions":['
            async for page in pages:
                await response.write((before + _text(page)).encode())
                entries, before = entries + len(page), ","
            await response.write(b"]}}")
            await response.write_eof()
    except BaseException as trouble:
        _break_off(request)
        if isinstance(trouble, ConnectionError | TimeoutError):
            raise TryAgain from trouble
        raise
    return Told(response, entries)


def _text(page: Iterable[StatementLine]) -> str:
    return ",".join(json.dumps(entry(line), ensure_ascii=False, separators=(",", ":")) for line in page)


def _break_off(request: web.Request) -> None:
    """A statement that ends early must not look whole: the connection ends in the middle of it."""
    log.warning("statement aborted", extra={"interface": "payme"})
    if request.transport is not None:
        request.transport.abort()

"""The journal of exchanges: every call that was answered, written in batches beside the path of payments.

It is the operator's record and decides nothing: it may lag a second, and it loses rows rather than hold up a payment.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core import Autocommit, sqlstate_of
from gateway.observability.masking import without_cards
from inbound.exchange import Exchange

log = logging.getLogger(__name__)

MAX_ENTRIES: Final = 10_000
MAX_CHARACTERS: Final = 32 * 1024 * 1024
"""Of requests and answers that wait: an entry may hold 16 KiB, and a database can be away for hours."""
BATCH_MAX_COMMANDS: Final = 500
PAUSE: Final = 0.5
"""Seconds between writes."""
PAUSE_AFTER_TROUBLE: Final = 2.0
WRITE_SECONDS: Final = 5.0
FLUSH_SECONDS: Final = 2.0
DELETE_CHUNK_ROWS: Final = 5_000

INSERT: Final = text("""
    INSERT INTO exchanges (
        at, interface, shop, method, code, refusal, request, answer, correlation_id, microseconds, remote)
    SELECT n.*
    FROM json_to_recordset(CAST(:entries AS json)) AS n (
        at timestamptz, interface text, shop text, method text, code text, refusal text, request text, answer text,
        correlation_id text, microseconds bigint, remote text)
    WHERE set_config('synchronous_commit', 'local', true) IS NOT NULL
""")
"""It waits for no standby: given up and written again, the same rows would be there once more for each time."""

# Several processes delete at once: each takes the rows that no other has locked. An array, because it is made once; a
# table without statistics had a subquery behind IN made again for every row.
DELETE: Final = text("""
    DELETE FROM exchanges WHERE id = ANY (ARRAY(
        SELECT id FROM exchanges WHERE at < :before ORDER BY at LIMIT :chunk FOR UPDATE SKIP LOCKED))
""")


class Entry(NamedTuple):
    """An exchange, and what only the gateway knows of it."""

    exchange: Exchange
    at: datetime
    microseconds: int
    remote: str | None
    correlation_id: str


class Journal:
    def __init__(
        self, engine: AsyncEngine, lost: Callable[[int], object] = lambda count: None, limit: int = MAX_ENTRIES
    ) -> None:
        self._engine = Autocommit(engine)
        self._lost = lost
        self._limit = limit
        self._waiting: deque[Entry] = deque()
        self._characters = 0
        self._away = False
        self._end = asyncio.Event()

    def put(self, entry: Entry) -> None:
        """Keep it until it is written; when nothing more fits, lose it. Never waits, never raises."""
        if len(self._waiting) >= self._limit or self._characters >= MAX_CHARACTERS:
            self._lost(1)
            return
        self._waiting.append(entry)
        self._characters += _size(entry)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write beside everything else, until the end of the context; then write what is left, if that goes quickly."""
        task = asyncio.create_task(self._write_until_the_end(), name="journal")
        try:
            yield
        finally:
            self._end.set()
            await asyncio.wait({task}, timeout=FLUSH_SECONDS)
            task.cancel()  # and not awaited: a database that hangs would make us wait for it
            self._give_up_the_rest()

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older entries, a chunk at a time. Returns how many."""
        deleted = 0
        while True:
            rows = await self._execute(DELETE, {"before": moment, "chunk": DELETE_CHUNK_ROWS})
            deleted += rows
            if rows < DELETE_CHUNK_ROWS:
                return deleted

    async def _write_until_the_end(self) -> None:
        ending = False
        while not ending:
            ending = await self._ends_within(PAUSE_AFTER_TROUBLE if self._away else PAUSE)
            await self._write_all()

    async def _ends_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._end.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _give_up_the_rest(self) -> None:
        if left := len(self._waiting):
            self._lost(left)
            log.warning("journal entries lost", extra={"entries": left, "reason": "not written before the stop"})

    async def _write_all(self) -> None:
        """Write until nothing waits, or the database is away; then what waits goes on waiting."""
        while self._waiting:
            batch = list(islice(self._waiting, BATCH_MAX_COMMANDS))
            try:
                await self._execute(INSERT, {"entries": _as_json(batch)})
            except Exception as trouble:  # whatever it is, payments go on, and so does the journal
                if not _of_its_own_making(trouble):
                    self._tell(away=True)
                    return
                log.exception(
                    "journal entries lost", extra={"entries": len(batch), "reason": "refused by the database"}
                )
                self._lost(len(batch))
            self._take_away(batch)
            self._tell(away=False)

    def _tell(self, *, away: bool) -> None:
        """Say it once, not twice a second."""
        if away and not self._away:
            log.warning("journal waits for the database")
        elif self._away and not away:
            log.warning("journal is written again")
        self._away = away

    async def _execute(self, statement: TextClause, values: dict[str, Any]) -> int:
        async with asyncio.timeout(WRITE_SECONDS), self._engine.connect() as connection:
            return (await connection.execute(statement, values)).rowcount

    def _take_away(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            self._waiting.popleft()
            self._characters -= _size(entry)


def _size(entry: Entry) -> int:
    return len(entry.exchange.request) + len(entry.exchange.answer)


def _as_json(batch: Sequence[Entry]) -> str:
    """As one text: as arrays, one for each column, it took several times as long to send."""
    return orjson.dumps([_row(entry) for entry in batch]).decode()


def _row(entry: Entry) -> dict[str, Any]:
    """What a caller can put words into is made storable; the rest is in our own."""
    exchange = entry.exchange
    return {
        "at": entry.at,
        "interface": exchange.interface,
        "shop": exchange.shop,
        "method": _storable(exchange.method),
        "code": exchange.code,
        "refusal": exchange.refusal,
        "request": _storable(exchange.request),
        "answer": _storable(exchange.answer),
        "correlation_id": _storable(entry.correlation_id),
        "microseconds": entry.microseconds,
        "remote": entry.remote,
    }


def _storable(value: str) -> str:
    """The text without card numbers, and what PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    value = without_cards(value).replace("\0", "\ufffd")
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_its_own_making(trouble: Exception) -> bool:
    """Whether the rows themselves are at fault: such a batch would stand in the way for ever."""
    state = sqlstate_of(trouble) or ""
    return isinstance(trouble, ValueError | TypeError) or state.startswith(("22", "23"))

"""The journal records every exchange in the database, in batches beside the payments.

It is the operator's record and decides nothing: it may lag a second, and it loses rows rather than delay a payment.
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
from gateway.observability.ascii_text import in_ascii
from gateway.observability.storable_text import all_storable
from inbound.exchange import KEPT_MAX_LENGTH, Exchange

log = logging.getLogger(__name__)

ENTRIES_MAX: Final = 10_000
CHARACTERS_MAX: Final = 32 * 1024 * 1024
"""Of requests and answers that wait: an entry may hold 16 KiB, and a database can be away for hours."""

BATCH_MAX_ENTRIES: Final = 500
"""In one INSERT: some megabytes at most."""

PAUSE_SECONDS: Final = 0.5
"""Between writes."""

RETRY_PAUSE_SECONDS: Final = 2.0
"""Between writes while the database is away."""

WRITE_SECONDS: Final = 5.0
"""For one INSERT."""

FLUSH_SECONDS: Final = 2.0
"""For what still waits when the process stops."""

DELETE_CHUNK_ROWS: Final = 5_000
"""In one DELETE, so that none is a long transaction."""

ENCODING_HINT: Final = "rows of the journal have \\u escapes where the database's encoding has no character: use UTF8"

INSERT: Final = text("""
    INSERT INTO exchanges (
        at, interface, shop, method, code, refusal, about, request, answer, correlation_id, microseconds, remote)
    SELECT n.*
    FROM json_to_recordset(CAST(:entries AS json)) AS n (
        at timestamptz, interface text, shop text, method text, code text, refusal text, about text,
        request text, answer text, correlation_id text, microseconds bigint, remote text)
    WHERE set_config('synchronous_commit', 'local', true) IS NOT NULL
""")
"""It waits for no standby: abandoned and written again, the same rows would be there once more for each attempt."""

# Several processes delete at once: each takes the rows that no other has locked. An array, because it is made once; a
# table without statistics had a subquery behind IN made again for every row.
DELETE: Final = text("""
    DELETE FROM exchanges WHERE id = ANY (ARRAY(
        SELECT id FROM exchanges WHERE at < :before ORDER BY at LIMIT :chunk FOR UPDATE SKIP LOCKED))
""")


class Entry(NamedTuple):
    """Adds to an exchange what only the gateway knows of it."""

    exchange: Exchange
    at: datetime
    microseconds: int
    remote: str | None
    correlation_id: str


class Journal:
    """Queues entries, and writes them while the context of `writing` lasts."""

    def __init__(
        self, engine: AsyncEngine, lost: Callable[[int], object] = lambda count: None, limit: int = ENTRIES_MAX
    ) -> None:
        self._engine = Autocommit(engine)
        self._lost = lost
        self._limit = limit
        self._waiting: deque[Entry] = deque()
        self._characters = 0
        self._away = False
        self._has_escaped = False
        self._refusal: Exception | None = None
        self._stop = asyncio.Event()

    def put(self, entry: Entry) -> None:
        """Queue the entry until it is written; when nothing more fits, lose it. Never waits, never raises."""
        if len(self._waiting) >= self._limit or self._characters >= CHARACTERS_MAX:
            self._lost(1)
            return
        self._waiting.append(entry)
        self._characters += _size(entry)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write beside everything else, until the end of the context; then write what is left, if that goes quickly."""
        task = asyncio.create_task(self._write_until_stopped(), name="journal")
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait({task}, timeout=FLUSH_SECONDS)
            task.cancel()  # and not awaited: a database that hangs would make us wait for it
            self._count_unwritten()

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older entries, a chunk at a time. Returns how many."""
        deleted = 0
        while True:
            rows = await self._execute(DELETE, {"before": moment, "chunk": DELETE_CHUNK_ROWS})
            deleted += rows
            if rows < DELETE_CHUNK_ROWS:
                return deleted

    async def _write_until_stopped(self) -> None:
        stopping = False
        while not stopping:
            stopping = await self._stops_within(RETRY_PAUSE_SECONDS if self._away else PAUSE_SECONDS)
            await self._write_all()

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _count_unwritten(self) -> None:
        if left := len(self._waiting):
            self._lost(left)
            log.warning("journal entries lost", extra={"entries": left, "reason": "not written before the stop"})

    async def _write_all(self) -> None:
        """Write until no entry waits, or the database is away; then the entries go on waiting.

        If it refuses a batch, half as many are tried, down to the one that is at fault; then twice as many again.
        """
        size, refused = BATCH_MAX_ENTRIES, 0
        try:
            while self._waiting:
                batch = list(islice(self._waiting, size))
                if not await self._takes(batch):
                    if len(batch) > 1:
                        size = len(batch) // 2
                        continue
                    refused += not await self._takes_escaped(batch)
                self._drop(batch)
                size = min(2 * size, BATCH_MAX_ENTRIES)
                self._log_once(away=False)
        except Exception:  # whatever it is, payments go on, and so does the journal
            self._log_once(away=True)
        if refused:
            self._lost(refused)
            lost = {"entries": refused, "reason": "refused by the database"}
            log.error("journal entries lost", extra=lost, exc_info=self._refusal)

    async def _takes(self, batch: Sequence[Entry], row: Callable[[Entry], dict[str, Any]] | None = None) -> bool:
        """Write the batch. False: its rows are at fault, and would stand in the way of all others for ever."""
        try:
            await self._execute(INSERT, {"entries": _as_json(batch, row or _row)})
        except Exception as error:
            if not _rows_are_at_fault(error):
                raise
            self._refusal = error
            return False
        return True

    async def _takes_escaped(self, batch: Sequence[Entry]) -> bool:
        """Write what the database's encoding does not have in a way that every database can hold."""
        taken = await self._takes(batch, lambda entry: in_ascii(_row(entry)))
        if taken and not self._has_escaped:
            self._has_escaped = True
            log.warning("journal entries escaped", extra={"hint": ENCODING_HINT})
        return taken

    def _log_once(self, *, away: bool) -> None:
        """Log a change of this once, not twice a second."""
        if away and not self._away:
            log.warning("journal waits for the database")
        elif self._away and not away:
            log.warning("journal is written again")
        self._away = away

    async def _execute(self, statement: TextClause, values: dict[str, Any]) -> int:
        async with asyncio.timeout(WRITE_SECONDS), self._engine.connect() as connection:
            return (await connection.execute(statement, values)).rowcount

    def _drop(self, batch: Sequence[Entry]) -> None:
        for entry in batch:
            self._waiting.popleft()
            self._characters -= _size(entry)


def _size(entry: Entry) -> int:
    return len(entry.exchange.request) + len(entry.exchange.answer)


def _as_json(batch: Sequence[Entry], row: Callable[[Entry], dict[str, Any]]) -> str:
    """Put the batch into one text: as arrays, one for each column, it took several times as long to send."""
    return orjson.dumps([row(entry) for entry in batch]).decode()


def _row(entry: Entry) -> dict[str, Any]:
    """Make storable what a caller can put words into; the rest is in our own."""
    exchange = entry.exchange
    about = _about(exchange)
    method, name, request, answer = all_storable((exchange.method, about or "", exchange.request, exchange.answer))
    return {
        "at": entry.at,
        "interface": exchange.interface,
        "shop": exchange.shop,
        "method": method,
        "code": exchange.code,
        "refusal": exchange.refusal,
        "about": None if about is None else name,
        "request": request[:KEPT_MAX_LENGTH],
        "answer": answer[:KEPT_MAX_LENGTH],
        "correlation_id": entry.correlation_id,
        "microseconds": entry.microseconds,
        "remote": entry.remote,
    }


def _about(exchange: Exchange) -> str | None:
    """The account where the call names one, else the payment. Nothing for a HEAD: it is as frequent and as idle as a
    GET, and the index does not leave it out."""
    account, external_id = exchange.about
    return None if exchange.method.startswith("HEAD ") else external_id if account is None else account


def _rows_are_at_fault(error: Exception) -> bool:
    """Whether the rows themselves are at fault: their values, or their size."""
    state = sqlstate_of(error) or ""
    return isinstance(error, ValueError | TypeError) or state.startswith(("22", "23", "54"))

"""Holding the books against their invariants: reads only, locks nothing, and sees everything at one moment."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.audit.checksums import TABLES, Sums, sums_of
from core.audit.invariants import INVARIANTS, RULES, Invariant
from core.audit.suspects import ALWAYS, suspects
from core.db.statement import Statement
from schema.values import Provider

VIOLATIONS_SHOWN_MAX: Final = 100
"""Violations of one invariant that are read: the first ones lead to the cause of the others."""

SETTINGS: Final = {
    "work_mem": "64MB",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",
    "max_parallel_workers_per_gather": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
"""Of the audit's transactions alone. Without parallel workers it uses as many processors as it has connections; how
long it may take is the engine's `command_timeout`."""


PAGES: Final = Statement(
    "SELECT "
    + ", ".join(f"pg_relation_size('{table}') / CAST(current_setting('block_size') AS int)" for table in TABLES)
)


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold, and where."""

    invariant: Invariant
    violations: Sequence[Mapping[str, Any]]

    @property
    def many(self) -> bool:
        """Whether there may be more of them than were read."""
        return len(self.violations) >= VIOLATIONS_SHOWN_MAX


async def audit_books(
    engine: AsyncEngine,
    now: datetime,
    lifetimes: Mapping[Provider, timedelta],
    *,
    quick: bool = False,
    connections: int = 2,
) -> list[Finding]:
    """The invariants that don't hold: none, where all is well.

    `quick`: sums of hashes say first which of them may be broken, and only those are looked at row by row; of payloads
    only the last day's; and what a unique index in good order forbids is believed.
    """
    values = {
        **RULES,
        "now": now,
        "provider": list(lifetimes),
        "lifetime": list(lifetimes.values()),
        "limit": VIOLATIONS_SHOWN_MAX,
        "every": not quick,
        "first_transition": 0,
        "yesterday": now - timedelta(days=1),
    }
    async with _one_moment(engine, connections) as readers:
        books = _Readers(readers, values)
        if not quick:
            return await books.find(INVARIANTS)
        always = [invariant for invariant in INVARIANTS if invariant.name in ALWAYS]
        sums, found = await _together(books.sums(parts=connections), books.find(always))
        suspected, first_transition = suspects(sums, {finding.invariant.name for finding in found})
        books.values |= {"every": True, "first_transition": first_transition}
        again = [invariant for invariant in INVARIANTS if invariant.name in suspected]
        found = [finding for finding in found if finding.invariant.name not in suspected] + await books.find(again)
    return sorted(found, key=lambda finding: INVARIANTS.index(finding.invariant))


class _Readers:
    """Connections that see the same moment; whoever asks gets the next that is free."""

    def __init__(self, connections: Sequence[AsyncConnection], values: dict[str, Any]) -> None:
        self.values = values
        self._free: asyncio.Queue[AsyncConnection] = asyncio.Queue()
        for connection in connections:
            self._free.put_nowait(connection)

    async def find(self, invariants: Sequence[Invariant]) -> list[Finding]:
        rows = await _together(*(self._read(invariant.query) for invariant in invariants))
        return [
            Finding(invariant, [_said(row) for row in wrong])
            for invariant, wrong in zip(invariants, rows, strict=True)
            if wrong
        ]

    async def sums(self, *, parts: int) -> Sums:
        """Each table is read in so many parts, at once as far as there are connections."""
        ((*pages,),) = await self._read(PAGES)
        asked = [(table, part) for table, many in zip(TABLES, pages, strict=True) for part in _parts(many, parts)]
        groups: dict[str, list[Row[Any]]] = {table: [] for table in TABLES}
        read = await _together(*(self._read(TABLES[table], part) for table, part in asked))
        for (table, _), rows in zip(asked, read, strict=True):
            groups[table] += rows
        return sums_of(groups)

    async def _read(self, statement: Statement, more: Mapping[str, Any] = MappingProxyType({})) -> Sequence[Row[Any]]:
        connection = await self._free.get()
        try:
            values = statement.parameters({**self.values, **more})
            return (await connection.exec_driver_sql(statement.sql, values)).all()
        finally:
            self._free.put_nowait(connection)


@asynccontextmanager
async def _one_moment(engine: AsyncEngine, connections: int) -> AsyncIterator[list[AsyncConnection]]:
    """So many connections, each in a read-only transaction, with one snapshot for all."""
    async with AsyncExitStack() as stack:
        readers: list[AsyncConnection] = []
        snapshot = None
        for number in range(connections):
            reader = await stack.enter_async_context(engine.connect())
            await reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if number > 0:
                await reader.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            elif connections > 1:
                snapshot = (await reader.exec_driver_sql("SELECT pg_export_snapshot()")).scalar_one()
            settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in SETTINGS.items())
            await reader.exec_driver_sql(f"SELECT {settings}")
            readers.append(reader)
        yield readers


async def _together(*asked: Any) -> list[Any]:
    """All their answers, or the first one's trouble, once nobody reads any more."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except ExceptionGroup as troubles:
        raise troubles.exceptions[0] from None
    return [task.result() for task in tasks]


def _parts(pages: int, parts: int) -> Iterator[Mapping[str, tuple[int, int]]]:
    """Where each begins, and where the next does: the page, and the row's place in it.

    Rows that came after the moment are not seen, wherever they are.
    """
    for first, end in pairwise(pages * part // parts for part in range(parts + 1)):
        yield {"first": (first, 0), "end": (end, 0)}


def _said(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if value is not None}

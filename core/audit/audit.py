"""The audit checks the books against their invariants: it reads only, locks nothing, and sees one moment."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.audit.checksum_comparison import ALWAYS_CHECKED, doubtful_invariants
from core.audit.checksums import TABLES, Sums, sums_of
from core.audit.invariants import INVARIANTS, RULES, Invariant
from core.db.statement import SqlStatement
from schema.test_mode import is_twin, split
from schema.values import PaymentSource

VIOLATIONS_SHOWN_MAX: Final = 100
"""Read of one invariant: the first violations lead to the cause of the others."""

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


PAGES: Final = SqlStatement(
    "SELECT "
    + ", ".join(f"pg_relation_size('{table}') / CAST(current_setting('block_size') AS int)" for table in TABLES)
)


COUNTS: Final = text("SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM payments) AS payments")


@dataclass(frozen=True, slots=True)
class Finding:
    """Names an invariant that does not hold, and where."""

    invariant: Invariant
    violations: Sequence[Mapping[str, Any]]

    @property
    def many(self) -> bool:
        """Return whether there may be more violations than were read."""
        return len(self.violations) >= VIOLATIONS_SHOWN_MAX


async def audit_books(
    engine: AsyncEngine,
    now: datetime,
    lifetimes: Mapping[PaymentSource, timedelta],
    *,
    quick: bool = False,
    connections: int = 2,
) -> list[Finding]:
    """Find the invariants that don't hold.

    `quick`: checksums show first which of them may be broken, and only those are checked row by row; of payloads only
    the last day's; and what an intact unique index forbids is not checked.
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
    async with _shared_snapshot(engine, connections) as snapshot_connections:
        readers = _Readers(snapshot_connections, values)
        if not quick:
            return await readers.find(INVARIANTS)
        always = [invariant for invariant in INVARIANTS if invariant.name in ALWAYS_CHECKED]
        sums, findings = await _gather(readers.sums(parts=connections), readers.find(always))
        doubtful, first_transition = doubtful_invariants(sums, {finding.invariant.name for finding in findings})
        readers.values |= {"every": True, "first_transition": first_transition}
        rest = [invariant for invariant in INVARIANTS if invariant.name in doubtful]
        findings = [finding for finding in findings if finding.invariant.name not in doubtful]
        findings += await readers.find(rest)
    return sorted(findings, key=lambda finding: INVARIANTS.index(finding.invariant))


async def count_books(engine: AsyncEngine) -> dict[str, int]:
    """Return how many orders and payments there are, by their tables' names."""
    async with engine.connect() as connection:
        row = (await connection.execute(COUNTS)).one()
        return dict(row._mapping)


class _Readers:
    """Reads on connections that share one snapshot; each statement takes the next that is free."""

    def __init__(self, connections: Sequence[AsyncConnection], values: dict[str, Any]) -> None:
        self.values = values
        self._free: asyncio.Queue[AsyncConnection] = asyncio.Queue()
        for connection in connections:
            self._free.put_nowait(connection)

    async def find(self, invariants: Sequence[Invariant]) -> list[Finding]:
        violations = await _gather(*(self._read(invariant.query) for invariant in invariants))
        return [
            Finding(invariant, [_shown(row) for row in rows])
            for invariant, rows in zip(invariants, violations, strict=True)
            if rows
        ]

    async def sums(self, *, parts: int) -> Sums:
        """Sum up each table, read in so many parts, which run together as far as there are connections."""
        ((*page_counts,),) = await self._read(PAGES)
        table_parts = [
            (table, part) for table, pages in zip(TABLES, page_counts, strict=True) for part in _parts(pages, parts)
        ]
        groups: dict[str, list[Row[Any]]] = {table: [] for table in TABLES}
        results = await _gather(*(self._read(TABLES[table], part) for table, part in table_parts))
        for (table, _), rows in zip(table_parts, results, strict=True):
            groups[table] += rows
        return sums_of(groups)

    async def _read(
        self, statement: SqlStatement, extra: Mapping[str, Any] = MappingProxyType({})
    ) -> Sequence[Row[Any]]:
        connection = await self._free.get()
        try:
            values = statement.parameters({**self.values, **extra})
            return (await connection.exec_driver_sql(statement.sql, values)).all()
        finally:
            self._free.put_nowait(connection)


@asynccontextmanager
async def _shared_snapshot(engine: AsyncEngine, connections: int) -> AsyncIterator[list[AsyncConnection]]:
    """Open so many connections, each in a read-only transaction, with one snapshot for all."""
    async with AsyncExitStack() as stack:
        snapshot_connections: list[AsyncConnection] = []
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
            snapshot_connections.append(reader)
        yield snapshot_connections


async def _gather(*reads: Any) -> list[Any]:
    """Run the reads together: all results, or the first error, once no read is under way any more."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in reads]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


def _parts(pages: int, parts: int) -> Iterator[Mapping[str, tuple[int, int]]]:
    """Split a table's pages: where each part begins and where the next does, as page and row in it.

    Rows that came after the snapshot are not seen, wherever they are.
    """
    for first, end in pairwise(pages * part // parts for part in range(parts + 1)):
        yield {"first": (first, 0), "end": (end, 0)}


def _shown(row: Row[Any]) -> dict[str, Any]:
    """Return what a row has, for people: a shop by its own name."""
    values = {name: value for name, value in row._mapping.items() if value is not None}
    twins = [name for name in values if name.startswith("shop") and is_twin(values[name])]
    return values | {name: split(values[name])[0] for name in twins} | ({"test": True} if twins else {})

"""Time lines: how long it takes to tell what became of an order, and whether it is all looked up by index."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench import plans
from bench.goals import HISTORY_MS, Goal, at_most
from bench.history import EXTERNAL_ID, FIRST_MOMENT
from bench.postgres import Cluster
from core import OrderRef, make_engine
from core.db.statement import SqlStatement
from core.reads.timeline import EXCHANGES, ORDER, PAYMENTS, TRANSITIONS, Timelines

PATH: Final[Mapping[str, SqlStatement]] = {
    "time line's order": ORDER,
    "time line's transitions": TRANSITIONS,
    "time line's payments": PAYMENTS,
    "time line's exchanges": EXCHANGES,
}

MOST_SORTED: Final = 20_000
"""The newest calls are sorted out of those of a hundred names."""

CALLED: Final = 100_000
"""So many of the newest old payments have their calls in the journal: as with a busy shop's, the rest is too old."""

ASKED_ABOUT: Final = 10_000
"""Calls about the last order of all: its payer tried again and again, and its shop asked for it ten times as often."""

COLUMNS: Final = (
    "at, interface, shop, method, code, refusal, about, request, answer, correlation_id, microseconds, remote"
)

CALLS: Final = f"""
    INSERT INTO exchanges ({COLUMNS})
    SELECT to_timestamp(n + {FIRST_MOMENT}), 'payme', 'main', call.method, '0', NULL,
        CASE call.method WHEN 'CreateTransaction' THEN n::text ELSE {EXTERNAL_ID} END, repeat('x', 200),
        repeat('y', 200), md5(n::text), 5000, '127.0.0.1'
    FROM generate_series($1::int, $2::int) n, (VALUES ('CreateTransaction'), ('PerformTransaction')) call (method)
"""

ASKING: Final = f"""
    INSERT INTO exchanges ({COLUMNS})
    SELECT to_timestamp($1::int + {FIRST_MOMENT}), 'payme', 'main',
        CASE WHEN n % 11 = 0 THEN 'CheckPerformTransaction' ELSE 'GET order' END, '-31051', 'order_paid',
        ($1::int)::text, repeat('x', 200), repeat('y', 200), md5(n::text), 5000, '127.0.0.1'
    FROM generate_series(1, 11 * $2::int) n
"""

TIMES_READ: Final = 20


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, all round trips included."""

    usual: float
    asked_about: float
    """Of the order that so many calls were about."""


async def fill(cluster: Cluster, database: str, count: int, asked_about: int = ASKED_ABOUT) -> None:
    """Put the calls about the newest of so many old payments into the journal."""
    connection = await cluster.connect(database)
    try:
        await connection.execute(CALLS, max(1, count - CALLED + 1), count)
        await connection.execute(ASKING, count, asked_about)
        await connection.execute("VACUUM (ANALYZE) exchanges")
    finally:
        await connection.close()


async def objections(cluster: Cluster, database: str) -> list[str]:
    return await plans.objections(cluster, database, PATH, MOST_SORTED)


async def measure(cluster: Cluster, database: str, count: int) -> Times:
    """Read the time lines of orders with so many old payments, with the calls' bodies."""
    engine = make_engine(cluster.url(database).replace("postgresql:", "postgresql+asyncpg:"), 1, pooled=False)
    timelines = Timelines(engine)

    async def took(account: int) -> float:
        began = time.perf_counter()
        timeline = await timelines.read(OrderRef("main", str(account)), str, bodies=True)
        milliseconds = (time.perf_counter() - began) * 1000
        if timeline is None or len(timeline.entries) < 5:
            raise SystemExit(f"The time line of order {account} is not whole.")
        return milliseconds

    try:
        await took(count)
        usual = [await took(count - number) for number in range(1, TIMES_READ + 1)]
        asked_about = [await took(count) for _ in range(TIMES_READ)]
    finally:
        await engine.dispose()
    return Times(median(usual), median(asked_about))


def judged(times: Mapping[int, Times], objections: Sequence[str]) -> list[Goal]:
    most = max(times)
    slowest = max(times[most].usual, times[most].asked_about)
    by_index = "; ".join(dict.fromkeys(objections)) or "none"
    return [
        at_most(f"tiyin order history with {most:,} old payments, in the database", slowest, HISTORY_MS, "ms"),
        Goal("tiyin order history: no scan of a table or an index", "none", by_index, not objections),
    ]

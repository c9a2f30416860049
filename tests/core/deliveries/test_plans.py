"""Deliveries are found by their indexes, whatever the planner believes of the tables: empty, or full."""

import re
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from core.connection_pools import DELIVERY_SETTINGS
from core.db.engine import PLANNER_SETTINGS
from core.deliveries.gaps import FILL_IN, FILL_IN_SETTINGS
from core.deliveries.history import HISTORY
from core.deliveries.pulls import ACKNOWLEDGE, PULL
from core.deliveries.queue import CLAIM, LOCK_ENDPOINTS, RESUME, SETTLE
from core.deliveries.replays import STEP as REPLAY_STEP
from core.deliveries.retries import RETRY
from core.deliveries.successes import SETTLE_SUCCESSES
from tests.core.commit.test_plans import as_migrated as as_before_payments
from tests.core.commit.test_plans import explained

STATEMENTS = {
    **{"claim": CLAIM, "lock endpoints": LOCK_ENDPOINTS, "settle": SETTLE, "resume": RESUME},
    "settle successes": SETTLE_SUCCESSES,
    **{"pull": PULL, "acknowledge": ACKNOWLEDGE, "retry": RETRY, "replay": REPLAY_STEP, "history": HISTORY},
}
FILL = (
    """
    INSERT INTO webhook_endpoints
        (shop, name, url, state, source, opened_at, since, filled_until, created_at, changed_at)
    SELECT 'main', n::text, 'https://erp.example.uz/', 'enabled', 'api', now(), now(), now(), now(), now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int), 1000) n
    """,
    """
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at, settled_at)
    SELECT n, 1, 'main', n / 4, n % 4, CASE n % 10 WHEN 0 THEN 'due' ELSE 'delivered' END, now(), now(),
        CASE n % 10 WHEN 0 THEN NULL ELSE now() END
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
    """,
)
EVENTS = """
    INSERT INTO outbox (transition_id, shop, order_id, sequence, event, payload, at)
    SELECT n, 'main', n, 1, 'payment.paid', '{}', now() + n * interval '1 s' FROM generate_series(1000001, 1020000) n
"""
FORGET = "DELETE FROM pg_statistic WHERE starelid IN ('deliveries'::regclass, 'webhook_endpoints'::regclass)"


@asynccontextmanager
async def as_migrated(database):
    """A transaction in which the tables are as new, and of which nothing stays."""
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await connection.execute(text("TRUNCATE deliveries, webhook_endpoints"))
        await connection.execute(text(FORGET))
        yield connection
        await connection.rollback()


async def fill(connection, first: int, last: int) -> None:
    for statement in FILL:
        await connection.execute(text(statement), {"first": first, "last": last})


async def empty(connection) -> None:
    """As after the first migration."""


async def full(connection) -> None:
    """Filled, and not yet analysed."""
    await fill(connection, 1, 20_000)


async def grown(connection) -> None:
    """Analysed while there was next to nothing, then filled."""
    await fill(connection, 1, 3)
    await connection.execute(text("ANALYZE deliveries, webhook_endpoints"))
    await fill(connection, 1001, 20_000)


@pytest.mark.parametrize("state", [empty, full, grown])
@pytest.mark.parametrize("name", STATEMENTS)
async def test_what_is_due_is_found_by_index_however_much_lies_beside_it(database, name, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, STATEMENTS[name], DELIVERY_SETTINGS)
    lines = plan.splitlines()
    scans = [n for n, line in enumerate(lines) if re.search(r"Scan .*\b(pk_deliveries|deliveries_\w+)\b", line)]
    whole = [lines[n] for n in scans if "Index Cond" not in lines[n + 1]]
    assert "Seq Scan" not in plan, plan
    assert not whole, f"an index is read from end to end:\n{plan}"
    assert len(scans) >= (name != "lock endpoints")


@pytest.mark.parametrize("state", [empty, full, grown])
async def test_what_is_due_is_not_looked_for_among_all_that_was_delivered(database, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, HISTORY, DELIVERY_SETTINGS)
    assert "deliveries_due" in plan, plan


@pytest.mark.parametrize("analysed", [[], ["orders"], ["outbox"], ["orders", "outbox", "transitions"]], ids=", ".join)
async def test_events_that_lack_deliveries_are_looked_for_by_their_time(database, analysed):
    async with as_before_payments(database) as connection:
        for table in [*analysed, *(["deliveries", "webhook_endpoints"] if analysed else [])]:
            await connection.execute(text(f"ANALYZE {table}"))  # while there is nothing
        await full(connection)
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # no transitions to refer to
        await connection.execute(text(EVENTS))
        plan = await explained(connection, FILL_IN, DELIVERY_SETTINGS | FILL_IN_SETTINGS)
    lines = plan.splitlines()
    scans = [n for n, line in enumerate(lines) if re.search(r"(Seq|Index|Index Only) Scan", line)]
    whole = [lines[n] for n in scans if "Index Cond" not in lines[n + 1] and "webhook_endpoints" not in lines[n]]
    assert re.search(r"Index Scan on ix_outbox_at.*\n +Index Cond: \(\(at >= \$\d\) AND \(at < \$\d\)\)", plan), plan
    assert not whole, f"a table is read from end to end:\n{plan}"


def test_deliveries_have_the_plans_of_the_payment_path():
    assert PLANNER_SETTINGS.items() <= DELIVERY_SETTINGS.items()

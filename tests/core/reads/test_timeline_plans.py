"""A time line is looked up by index, whatever the planner believes of the tables: empty, or full and never analysed."""

import re

import pytest
from sqlalchemy import text

from core.reads.timeline import EXCHANGES, ORDER, PAYMENTS, TRANSITIONS
from tests.core.commit.test_plans import as_migrated, explained
from tests.core.commit.test_plans import fill as fill_books

PATH = {
    "order": (ORDER, ["uq_orders_account_shop"]),
    "transitions": (TRANSITIONS, ["pk_payments", "uq_transitions_order_id_version"]),
    "payments": (PAYMENTS, ["ix_payments_order_id_created_at"]),
    "exchanges": (EXCHANGES, ["ix_exchanges_about", "pk_exchanges"]),
}

FILL = (
    """
    INSERT INTO transitions (id, shop, order_id, verb, order_to, version, at, actor, correlation_id)
    SELECT n, 'main', n, 'open', 'awaiting', 0, now(), 'shop', '' FROM generate_series(:first::int, :last::int) n
    """,
    """
    INSERT INTO exchanges (at, interface, shop, method, code, about, request, answer, correlation_id, microseconds)
    SELECT now(), 'payme', 'main', CASE WHEN n % 3 = 0 THEN 'GET order' ELSE 'CheckTransaction' END, '0',
        CASE WHEN n % 5 <> 0 THEN (n % 100)::text END, '', '', '', 1
    FROM generate_series(:first::int, :last::int) n
    """,
)

CROWD = """
    INSERT INTO exchanges (at, interface, shop, method, code, about, request, answer, correlation_id, microseconds)
    SELECT now(), 'payme', 'main', 'CheckTransaction', '0', 'b-' || n % 2, '', '', '', 1
    FROM generate_series(1, 20000) n
"""


async def fill(connection, first, last):
    await fill_books(connection, first, last)
    for statement in FILL:
        await connection.exec_driver_sql(statement.replace(":first", str(first)).replace(":last", str(last)))


async def empty(connection):
    """As after the first migration."""


async def full(connection):
    """Filled, and not yet analysed."""
    await fill(connection, 1, 20_000)


async def grown(connection):
    """Analysed while there was next to nothing, then filled."""
    await fill(connection, 1, 3)
    await connection.execute(text("ANALYZE orders, payments, transitions, exchanges"))
    await fill(connection, 4, 20_000)


async def analysed(connection):
    await full(connection)
    await connection.execute(text("ANALYZE orders, payments, transitions, exchanges"))


async def crowded(connection):
    """Every call that is known was about one of two balances: whoever reads the journal from its end soon meets it."""
    await full(connection)
    await connection.execute(text("TRUNCATE exchanges"))
    await connection.exec_driver_sql(CROWD)
    await connection.execute(text("ANALYZE exchanges"))


@pytest.mark.parametrize("state", [empty, full, grown, analysed, crowded])
@pytest.mark.parametrize("name", PATH)
async def test_every_part_is_looked_up(database, name, state):
    statement, indexes = PATH[name]
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, statement)
    used = re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", plan)
    assert "Seq Scan" not in plan, plan
    assert sorted(used) == indexes, plan
    assert plan.count("Index Cond") == len(used), f"an index is read from end to end:\n{plan}"

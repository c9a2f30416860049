"""The payment path reads by index, whatever the planner believes of the tables: empty, or full and never analysed.

So does the sweeper.
"""

import re
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import dialect

from bench.function_statements import function_statements
from core.clock import wall_clock
from core.commit.store import LOAD_ORDER_DETAILS, LOAD_SIBLINGS
from core.db.engine import PLANNER_SETTINGS
from core.jobs.expiries import EXPIRED_ORDERS, EXPIRED_PAYMENTS, READING_SETTINGS
from core.reads.finished_orders import SETTINGS, _finished
from core.reads.payability import CHECK

LOCK_AND_LOAD, SAVE = function_statements("lock_and_load_1"), function_statements("save_1")
PATH = {
    **LOCK_AND_LOAD,
    **SAVE,
    "load siblings": LOAD_SIBLINGS,
    "load order details": LOAD_ORDER_DETAILS,
    "check": CHECK,
}
LOAD = max(LOCK_AND_LOAD.values(), key=lambda statement: statement.sql.count("UNION"))
INDEXES = {
    "pk_orders",
    "pk_payments",
    "uq_orders_account_shop",
    "uq_payments_external_id_shop",
    "one_live_payment",
    "ix_payments_order_id_created_at",  # also asked for a one-time order's live one, of few: either index is as good
    "ix_payments_pending_of_balance",
    "ix_payments_click_paydoc",
    "ix_payments_also_known_as",
    "uq_webhook_endpoints_shop_name",
}
FILL = (
    """
    INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at)
    SELECT n, 'main', n::text, 'one_time', 1, 'paid', 0, '', '{}', now(), now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
    """,
    """
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, provider_time,
        created_at, performed_at
    )
    SELECT n, n, 'main', 'payme', n::text, '{}', '{}', true, 1, 'paid', now(), now(), now()
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
    """,
)


async def explained(connection, statement, settings=PLANNER_SETTINGS) -> str:
    """The plan that every execution would use."""
    for name, value in settings.items():
        await connection.exec_driver_sql(f"SET {name} = '{value}'")
    await connection.exec_driver_sql(f"PREPARE asked AS {statement.sql}")
    nothing = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement.sql)))
    lines = (await connection.exec_driver_sql(f"EXPLAIN EXECUTE asked({nothing})")).scalars().all()
    await connection.exec_driver_sql("DEALLOCATE asked")
    return "\n".join(lines)


FORGET = """
    DELETE FROM pg_statistic
    WHERE starelid IN ('orders'::regclass, 'payments'::regclass, 'webhook_endpoints'::regclass)
"""


@asynccontextmanager
async def as_migrated(database):
    """A transaction in which the tables are as new, and of which nothing stays.

    What is deleted stays in the indexes. TRUNCATE leaves nothing but what ANALYZE has found in the columns, which is
    forgotten, too. Its locks keep autovacuum away: in the middle of a fill it would find nearly empty pages, and have
    the planner believe it.
    """
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        await connection.execute(text("SET session_replication_role = replica"))  # transitions refuse to be deleted
        await connection.execute(text("TRUNCATE orders, payments, exchanges, webhook_endpoints CASCADE"))
        await connection.execute(text(FORGET))
        await connection.execute(text("SET session_replication_role = DEFAULT"))
        yield connection
        await connection.rollback()


async def empty(connection) -> None:
    """As after the first migration."""


async def full(connection) -> None:
    """Filled, and not yet analysed."""
    await fill(connection, 1, 20_000)


async def grown(connection) -> None:
    """Analysed while there was next to nothing, then filled."""
    await fill(connection, 1, 3)
    await connection.execute(text("ANALYZE orders, payments"))
    await fill(connection, 4, 20_000)


async def fill(connection, first: int, last: int) -> None:
    for statement in FILL:
        await connection.execute(text(statement), {"first": first, "last": last})


def test_no_statement_of_a_function_is_left_out():
    assert (len(LOCK_AND_LOAD), len(SAVE)) == (5, 13)


@pytest.mark.parametrize("state", [empty, full, grown])
@pytest.mark.parametrize("name", PATH)
async def test_the_payment_path_uses_its_own_indexes_and_scans_nothing(database, name, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, PATH[name])
    used = re.findall(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", plan)
    assert "Seq Scan" not in plan, plan
    assert set(used) <= INDEXES, plan
    assert plan.count("Index Cond") == len(used), f"an index is read from end to end:\n{plan}"


PENDING_ANYWHERE = r"\bix_payments_pending\b"
PENDING_OF_BALANCE = r"using ix_payments_pending_of_balance on payments.*\n +Index Cond: \(order_id = "
EXPIRED = {
    "orders": (EXPIRED_ORDERS, r"Index Scan using ix_orders_expiring .*\n +Index Cond: \(\(expires_at >= .* < "),
    "payments": (
        EXPIRED_PAYMENTS,
        r"Index Scan using ix_payments_pending .*\n +Index Cond: \(\(provider = .*LEAST.* >= .*LEAST.* < ",
    ),
}


@pytest.mark.parametrize("state", [empty, full, grown])
@pytest.mark.parametrize("name", EXPIRED)
async def test_the_sweeper_reads_a_page_from_where_the_last_one_ended_in_the_order_of_an_index(database, name, state):
    sql, from_the_place = EXPIRED[name]
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, sql, READING_SETTINGS)
    assert re.search(from_the_place, plan), plan
    assert "Seq Scan" not in plan, plan
    assert not re.search(r"(?<!Incremental )Sort  \(", plan), f"all that has expired is sorted:\n{plan}"


@pytest.mark.parametrize("state", [empty, full, grown])
async def test_what_is_pending_anywhere_is_not_read_for_each_order_that_has_expired(database, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, EXPIRED_ORDERS, READING_SETTINGS)
    assert re.search(PENDING_OF_BALANCE, plan), plan
    assert not re.search(PENDING_ANYWHERE, plan), plan


@pytest.mark.parametrize("state", [empty, full, grown])
async def test_what_is_pending_anywhere_is_not_read_for_each_order_that_its_shop_has_named(database, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, LOAD_ORDER_DETAILS)
    assert re.search(PENDING_OF_BALANCE, plan), plan
    assert not re.search(PENDING_ANYWHERE, plan), plan


@pytest.mark.parametrize("state", [empty, full, grown])
async def test_what_is_pending_anywhere_is_not_read_for_each_order_that_is_exported(database, state):
    query = _finished(wall_clock()).compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
    async with as_migrated(database) as connection:
        await state(connection)
        await connection.exec_driver_sql(SETTINGS)
        plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN {query}")).scalars().all())
    assert not re.search(PENDING_ANYWHERE, plan), plan
    assert re.search(r"on payments.*\n +(Recheck|Index) Cond: \(order_id = ", plan), plan


@pytest.mark.parametrize("statement", [LOAD, LOAD_SIBLINGS], ids=["with the rest", "apart"])
async def test_siblings_are_looked_up_in_their_own_order_though_every_payment_has_the_same_number(database, statement):
    async with as_migrated(database) as connection:
        await full(connection)
        await connection.execute(text("UPDATE payments SET provider = 'click', click_paydoc_id = 77"))
        plan = await explained(connection, statement)
    look_up = r"using ix_payments_click_paydoc .*\n +Index Cond: \(\(click_paydoc_id = .* AND \(order_id = "
    assert re.search(look_up, plan), plan

"""Connections of the payment path: which are used, and what becomes of them after an error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.db.connection import Connections, PooledConnection
from core.db.engine import make_engine
from core.db.errors import db_error_of

pytestmark = pytest.mark.timeout(30)

LONGEST = 5.0
FIVE_SECONDS = "SELECT pg_sleep(5)"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[AsyncEngine]:
    pool = make_engine(database_url, 3, pooled=False)
    yield pool
    await pool.dispose()


@pytest.fixture
def driver(pool: AsyncEngine) -> Connections:
    return Connections(pool)


@pytest.fixture
async def table(database: AsyncEngine) -> AsyncIterator[str]:
    async with database.connect() as connection:
        await connection.execute(text("CREATE TABLE pooled (n int)"))
        yield "pooled"
        await connection.execute(text("DROP TABLE pooled"))


def later(seconds: float = 10) -> float:
    return asyncio.get_running_loop().time() + seconds


async def process_of(connection: PooledConnection) -> int:
    [[process]] = await connection.rows("SELECT pg_backend_pid()", ())
    return process


async def processes(driver: Connections, count: int) -> set[int]:
    """Of so many connections, out of the pool together."""
    if count == 0:
        return set()
    async with driver.autocommit() as connection:
        return {await process_of(connection)} | await processes(driver, count - 1)


async def rows_of(driver: Connections, table: str) -> int:
    async with driver.autocommit() as connection:
        return len(await connection.rows(f"SELECT n FROM {table}", ()))


async def test_what_is_committed_stays_and_what_is_not_does_not(driver, table):
    async with driver.transaction(later(), LONGEST) as connection:
        await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
        await connection.commit()
    async with driver.transaction(later(), LONGEST) as connection:
        await connection.rows(f"INSERT INTO {table} VALUES (2)", ())
    assert await rows_of(driver, table) == 1


async def test_the_last_statement_is_committed_with_what_went_before(driver, table):
    async with driver.transaction(later(), LONGEST) as connection:
        await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
        await connection.commit(f"INSERT INTO {table} VALUES (2)")
    assert await rows_of(driver, table) == 2


async def test_after_an_error_in_the_last_statement_the_server_does_not_come_to_the_commit(driver, table):
    async def divide() -> None:
        async with driver.transaction(later(), LONGEST) as connection:
            await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
            await connection.commit("SELECT 1 / 0")

    before = await processes(driver, 1)
    with pytest.raises(Exception, match="division by zero"):
        await divide()
    assert await rows_of(driver, table) == 0
    assert await processes(driver, 1) == before, "and the connection is used again"


async def failed_before_commit(
    driver: Connections, last: str, before: str = "SELECT", longest: float = LONGEST
) -> bool | None:
    """What is known when a transaction with these two statements has failed."""
    known = None
    with suppress(Exception):
        async with driver.transaction(later(), longest) as connection:
            await connection.rows(before, ())
            try:
                await connection.commit(last)
            except Exception as error:
                known = connection.failed_before_commit(error)
                raise
    return known


RAISED = ("08006", "22P05", "23505", "25006", "40001", "53100", "57014", "57P01", "58030", "TY001", "XX000")


@pytest.mark.parametrize("sqlstate", RAISED)
async def test_whatever_the_last_statement_raises_the_commit_was_not_reached(driver, table, sqlstate):
    raising = f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{sqlstate}'; END $$"
    assert await failed_before_commit(driver, raising, before=f"INSERT INTO {table} VALUES (1)") is True
    assert await rows_of(driver, table) == 0


async def test_nor_was_it_where_the_server_had_no_more_time_for_it(driver):
    hurry = "SELECT set_config('statement_timeout', '50ms', true)"
    assert await failed_before_commit(driver, FIVE_SECONDS, before=hurry) is True


async def test_a_refused_commit_was_reached(driver, database, table):
    async with database.connect() as operator:
        await operator.execute(text(f"ALTER TABLE {table} ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED"))
    assert await failed_before_commit(driver, f"INSERT INTO {table} VALUES (1), (1)") is False
    assert await rows_of(driver, table) == 0


async def test_where_the_session_has_ended_nothing_is_known(driver):
    assert await failed_before_commit(driver, "SELECT pg_terminate_backend(pg_backend_pid())") is False
    assert await failed_before_commit(driver, FIVE_SECONDS, longest=0.1) is False


async def test_an_error_of_the_database_is_rolled_back_and_the_connection_used_again(driver, table):
    async def divide() -> None:
        async with driver.transaction(later(), LONGEST) as connection:
            await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
            await connection.rows("SELECT 1 / 0", ())

    before = await processes(driver, 1)
    with pytest.raises(Exception, match="division by zero"):
        await divide()
    assert await rows_of(driver, table) == 0
    assert await processes(driver, 1) == before


async def test_an_error_of_ours_leaves_nothing_behind_and_the_others_alone(driver, table):
    async def blunder() -> None:
        async with driver.transaction(later(), LONGEST) as connection:
            await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
            raise KeyError

    before = await processes(driver, 3)
    with pytest.raises(KeyError):
        await blunder()
    assert await rows_of(driver, table) == 0
    assert len(await processes(driver, 3) & before) == 2


@pytest.mark.parametrize(("deadline", "longest"), [(0.1, LONGEST), (LONGEST, 0.1)])
async def test_a_late_transaction_is_aborted(driver, deadline, longest):
    with pytest.raises(TimeoutError, match="took too long"):  # a statement that ends by itself raises nothing
        async with driver.transaction(later(deadline), longest) as connection:
            await connection.rows(FIVE_SECONDS, ())
    assert len(await processes(driver, 3)) == 3


async def test_after_one_has_broken_none_that_is_as_old_is_used(driver):
    old = await processes(driver, 3)
    with pytest.raises(TimeoutError):
        async with driver.transaction(later(0.1), LONGEST) as connection:
            await connection.rows(FIVE_SECONDS, ())
    new = await processes(driver, 3)
    assert not old & new
    assert await processes(driver, 3) == new


async def test_connections_that_the_server_has_closed_are_not_used(driver, database):
    old = await processes(driver, 3)
    async with database.connect() as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(p, 30000) FROM unnest(CAST(:old AS int[])) p"), {"old": list(old)}
        )
    await asyncio.sleep(0.1)  # until the loop has heard of it
    assert not old & await processes(driver, 3)


async def test_other_messages_at_a_commit_are_no_warning(driver, table):
    async with driver.transaction(later(), LONGEST) as connection:
        await connection.rows("SET client_min_messages = 'log'", ())
        await connection.rows("SET log_duration = on", ())
        await connection.rows(f"INSERT INTO {table} VALUES (1)", ())
        await connection.commit()
    assert await rows_of(driver, table) == 1


async def test_statements_that_a_migration_has_changed_are_run_again(driver, database, table):
    assert await rows_of(driver, table) == 0
    async with database.connect() as connection:
        await connection.execute(text(f"ALTER TABLE {table} ALTER n TYPE bigint"))
    with pytest.raises(Exception, match="cached statement plan is invalid") as caught:
        async with driver.transaction(later(), LONGEST) as connection:
            await connection.rows(f"SELECT n FROM {table}", ())
    assert db_error_of(caught.value).retries
    async with driver.transaction(later(), LONGEST) as connection:
        assert await connection.rows(f"SELECT n FROM {table}", ()) == []


@pytest.mark.parametrize("where", ["nobody@127.0.0.1:1/nothing", "{this}?target_session_attrs=standby"])
async def test_a_database_that_is_away_may_come_back(database_url, where):
    this = database_url.removeprefix("postgresql+asyncpg://")
    away = create_async_engine("postgresql+asyncpg://" + where.format(this=this).replace("??", "?"))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is the question
        async with Connections(away).autocommit():
            pass
    assert db_error_of(caught.value).kind == "connection"
    await away.dispose()

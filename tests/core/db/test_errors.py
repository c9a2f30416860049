"""Every error of the database has one name, and it is known whether running the same again may help."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.db.errors import DbError, LostRaceError, db_error_of, surely_rolled_back

Provoke = Callable[[AsyncConnection, AsyncConnection], Awaitable[object]]


@pytest.fixture
async def two(database: AsyncEngine, database_url: str) -> AsyncIterator[list[AsyncConnection]]:
    """Two connections, each in a transaction of its own, and a table to fight over."""
    engine = create_async_engine(database_url)
    async with database.connect() as connection:
        await connection.execute(text("CREATE TABLE fought_over (id int PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO fought_over VALUES (1), (2)"))
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(engine.connect()) for _ in range(2)]
    await engine.dispose()
    async with database.connect() as connection:
        await connection.execute(text("DROP TABLE fought_over"))


def says(statement: str) -> Provoke:
    return lambda mine, _: mine.execute(text(statement))


async def waits_for_a_row(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    await theirs.execute(text("SELECT FROM fought_over WHERE id = 1 FOR UPDATE"))
    await mine.execute(text("SET LOCAL lock_timeout = '50ms'"))
    await mine.execute(text("SELECT FROM fought_over WHERE id = 1 FOR UPDATE"))


async def takes_too_long(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    await mine.execute(text("SET LOCAL statement_timeout = '50ms'"))
    await mine.execute(text("SELECT pg_sleep(5)"))


async def runs_into_a_deadlock(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    await mine.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
    await theirs.execute(text("SET LOCAL deadlock_timeout = '10s'"))
    await mine.execute(text("SELECT FROM fought_over WHERE id = 1 FOR UPDATE"))
    await theirs.execute(text("SELECT FROM fought_over WHERE id = 2 FOR UPDATE"))
    waiting = asyncio.create_task(theirs.execute(text("SELECT FROM fought_over WHERE id = 1 FOR UPDATE")))
    try:
        await mine.execute(text("SELECT FROM fought_over WHERE id = 2 FOR UPDATE"))
    finally:
        await mine.rollback()
        await waiting


async def fails_to_serialize(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    await mine.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    await mine.execute(text("SELECT FROM fought_over"))
    await theirs.execute(text("DELETE FROM fought_over WHERE id = 1"))
    await theirs.commit()
    await mine.execute(text("SELECT FROM fought_over WHERE id = 1 FOR UPDATE"))


async def may_only_read(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    await mine.execute(text("SET TRANSACTION READ ONLY"))
    await mine.execute(text("INSERT INTO fought_over VALUES (3)"))


async def is_terminated(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    process = (await mine.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    await theirs.execute(text("SELECT pg_terminate_backend(:process, 1000)"), {"process": process})
    await mine.execute(text("SELECT 1"))


async def aborts(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    driver = (await mine.get_raw_connection()).driver_connection
    asyncio.get_running_loop().call_later(0.05, driver.terminate)
    await mine.execute(text("SELECT pg_sleep(5)"))


async def is_not_there(mine: AsyncConnection, theirs: AsyncConnection) -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    async with engine.connect():
        pass


TABLE = [
    pytest.param(waits_for_a_row, "lock_timeout", 1, id="55P03"),
    pytest.param(takes_too_long, "statement_timeout", 0, id="57014"),
    pytest.param(runs_into_a_deadlock, "deadlock", 2, id="40P01"),
    pytest.param(fails_to_serialize, "serialization", 2, id="40001"),
    pytest.param(says("INSERT INTO fought_over VALUES (1)"), "lost_race", 2, id="23505"),
    pytest.param(may_only_read, "read_only", 2, id="25006"),
    pytest.param(aborts, "connection", 2, id="aborted"),
    pytest.param(is_not_there, "connection", 2, id="refused"),
    pytest.param(says("SELECT chr(0)"), "bug", 0, id="54000"),
    pytest.param(says("SELEKT"), "bug", 0, id="42601"),
]


@pytest.mark.parametrize(("provoke", "kind", "retries"), TABLE)
async def test_every_error_has_its_name(two, provoke, kind, retries):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is the question
        await provoke(*two)
    db_error = db_error_of(caught.value)
    assert (db_error.kind, db_error.retries, db_error.bug) == (kind, retries, kind == "bug")


async def test_a_terminated_connection_may_be_run_again(two):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - by the server's word or by a closed socket, whichever is first
        await is_terminated(*two)
    assert db_error_of(caught.value).retries == 2


def test_errors_that_no_database_sends():
    assert db_error_of(LostRaceError()) == DbError("lost_race", 2)
    assert db_error_of(TimeoutError()) == DbError("timeout", 2)
    assert db_error_of(KeyError()).bug


async def test_a_commit_that_broke_a_rule_did_not_happen_and_one_that_broke_off_may_have(two):
    with pytest.raises(Exception) as rule:  # noqa: PT011
        await says("INSERT INTO fought_over VALUES (1)")(*two)
    await two[0].rollback()
    with pytest.raises(Exception) as broken:  # noqa: PT011
        await aborts(*two)
    assert (surely_rolled_back(rule.value), surely_rolled_back(broken.value)) == (True, False)

"""What the payment path leans on in asyncpg and SQLAlchemy beyond their documented face.

It takes the driver's connection out of SQLAlchemy's pool, begins and ends transactions on it, and returns it, all
outside of the greenlets in which SQLAlchemy would wait for the driver.
"""

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from core.db.engine import make_engine
from core.db.errors import sqlstate_of
from tests.library_hooks import lean_on

CONNECTION, REPLICATION, ERRORS = (f"core/db/{name}.py" for name in ("connection", "replication", "errors"))


@pytest.fixture
async def engine(database_url, database):
    engine = make_engine(database_url, 1, pooled=False)
    yield engine
    await engine.dispose()


@pytest.mark.parametrize(
    "name",
    ["fetch", "execute", "is_in_transaction", "is_closed", "terminate", "add_log_listener", "remove_log_listener"],
)
def test_asyncpgs_connection_has_what_we_call(name):
    lean_on("asyncpg", asyncpg.Connection, name, CONNECTION)


@pytest.mark.parametrize("name", ["driver_connection", "info", "invalidate", "close"])
async def test_sqlalchemys_pool_gives_a_connection_that_has_what_we_use(engine, name):
    pooled = await engine.raw_connection()
    lean_on("sqlalchemy", pooled, name, CONNECTION)
    pooled.close()


async def test_asyncpg_knows_of_a_transaction_that_was_begun_as_text(engine):
    pooled = await engine.raw_connection()
    driver = pooled.driver_connection
    await driver.execute("BEGIN")
    assert driver.is_in_transaction(), "asyncpg looks at its own transactions only: ours would never be rolled back"
    await driver.execute("ROLLBACK")
    assert not driver.is_in_transaction()
    pooled.close()


async def test_a_connection_goes_back_to_the_pool_without_waiting_for_the_driver(engine):
    """SQLAlchemy rolls back what it has begun itself, and knows nothing of ours: there is nothing to wait for."""
    pooled = await engine.raw_connection()
    assert lean_on("sqlalchemy", pooled.dbapi_connection, "_transaction", CONNECTION) is None
    first = pooled.driver_connection
    await first.execute("BEGIN")
    await first.execute("COMMIT")
    pooled.close()
    again = await engine.raw_connection()
    assert again.driver_connection is first
    again.close()


async def test_a_closed_connection_is_replaced_without_waiting_for_the_driver(engine):
    pooled = await engine.raw_connection()
    first = pooled.driver_connection
    first.terminate()
    pooled.invalidate()
    pooled.close()
    again = await engine.raw_connection()
    assert again.driver_connection is not first
    assert await again.driver_connection.fetchval("SELECT 1") == 1
    again.close()


async def test_asyncpgs_warnings_name_their_severity_in_english(engine):
    """By it a COMMIT that no standby has confirmed is known, whatever language the server speaks."""
    heard: list[str] = []
    pooled = await engine.raw_connection()
    driver = pooled.driver_connection

    def hear(_: object, message: object) -> None:
        heard.append(lean_on("asyncpg", message, "severity_en", REPLICATION))

    driver.add_log_listener(hear)
    await driver.execute("DO $$ BEGIN RAISE WARNING 'for the test'; END $$")
    driver.remove_log_listener(hear)
    pooled.close()
    assert heard == ["WARNING"]


async def test_errors_carry_postgresqls_code_and_come_from_modules_that_we_know(engine):
    pooled = await engine.raw_connection()
    with pytest.raises(asyncpg.PostgresError) as refused:
        await pooled.driver_connection.execute("SELEKT")
    pooled.close()
    assert sqlstate_of(refused.value) == "42601"
    assert type(refused.value).__module__.startswith("asyncpg")
    lean_on("asyncpg", asyncpg, "InvalidCachedStatementError", ERRORS)
    assert dialect.AsyncAdapt_asyncpg_dbapi.Error.__module__.startswith("sqlalchemy.")


async def test_sqlalchemy_connects_through_the_function_that_it_is_given(database_url):
    """With host and port apart, and all other options as they were: the failover connector goes through servers."""
    given: dict[str, object] = {}

    async def connect(**options: object) -> object:
        given.update(options)
        raise OSError("seen")

    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(database_url, connect_args={"async_creator_fn": connect, "timeout": 2.0})
    with pytest.raises(OSError, match="seen"):
        await engine.raw_connection()
    assert given["timeout"] == 2.0
    assert {"host", "user", "database"} <= set(given)
    await engine.dispose()


async def test_sqlalchemy_lets_an_error_end_its_connection(engine):
    """`is_disconnect` may be set by a listener: the pool then drops the connection."""

    def drop(context: object) -> None:
        assert lean_on("sqlalchemy", context, "is_disconnect", "core/db/engine.py") is False

    event.listen(engine.sync_engine, "handle_error", drop)
    async with engine.connect() as connection:
        with pytest.raises(Exception, match="SELEKT"):
            await connection.exec_driver_sql("SELEKT")

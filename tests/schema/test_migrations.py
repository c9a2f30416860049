"""Every step goes up and down again, and what the steps build is what the tables say."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script
from packaging.version import Version
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gateway.database import migrations
from gateway.database.schema_state import SchemaKind, schema_state
from schema.releases import this_release
from schema.tables import APPEND_ONLY, metadata

# What a database holds, as the catalogue describes it: columns, constraints, indexes, sequences.
CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
    """,
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """,
    "sequences": "SELECT sequencename, increment_by, max_value FROM pg_sequences WHERE schemaname = 'public'",
}


@pytest.fixture
def empty_database(postgres: str) -> str:
    url = make_url(postgres)
    on(postgres, lambda connection: _again(connection, "tiyin_migrations"))
    return url.set(database="tiyin_migrations").render_as_string(hide_password=False)


async def _again(connection: AsyncConnection, name: str) -> None:
    await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
    await connection.execute(text(f"CREATE DATABASE {name}"))


def on(url: str, act: Callable[[AsyncConnection], Awaitable[object]]) -> object:
    async def connected() -> object:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                return await act(connection)
        finally:
            await engine.dispose()

    return asyncio.run(connected())


async def catalogue(connection: AsyncConnection) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: sorted(map(tuple, await connection.execute(text(query))), key=str) for name, query in CATALOGUE.items()
    }


def test_each_step_goes_up_down_and_up_again(empty_database):
    config = Config()
    config.set_main_option("script_location", "schema:migrations")
    config.attributes["url"] = empty_database
    for step in steps():
        command.upgrade(config, step.revision)
        command.downgrade(config, step.down_revision or "base")
        command.upgrade(config, step.revision)


def test_each_step_promises_which_release_may_serve(empty_database):
    """No step lets an older release serve again which one before it has shut out."""
    config = Config()
    config.set_main_option("script_location", "schema:migrations")
    config.attributes["url"] = empty_database
    promises, oldest = {}, Version("0")
    for step in steps():
        command.upgrade(config, step.revision)
        command.downgrade(config, step.down_revision or "base")
        assert on(empty_database, promised) == promises
        command.upgrade(config, step.revision)
        before, promises = promises, on(empty_database, promised)
        assert promises == {**before, step.revision: promises.get(step.revision)}
        assert oldest <= (oldest := Version(promises[step.revision])) <= Version(Version(this_release()).base_version)


def steps() -> list[Script]:
    return list(reversed(list(migrations.known_steps().walk_revisions())))


async def promised(connection: AsyncConnection) -> dict[str, str]:
    if (await connection.execute(text("SELECT to_regclass('schema_promises')"))).scalar_one() is None:
        return {}
    return {row.revision: row.serves_from for row in await connection.execute(text("SELECT * FROM schema_promises"))}


def test_the_steps_build_what_the_tables_say(empty_database, postgres):
    migrations.upgrade(empty_database)
    migrated = on(empty_database, catalogue)
    on(postgres, lambda connection: _again(connection, "tiyin_models"))
    models = make_url(postgres).set(database="tiyin_models").render_as_string(hide_password=False)

    async def create(connection: AsyncConnection) -> object:
        await connection.run_sync(metadata.create_all)
        return await catalogue(connection)

    assert on(models, create) == migrated


def test_the_schema_knows_whether_it_is_current(empty_database):
    assert schema_state(empty_database).kind is SchemaKind.EMPTY
    migrations.upgrade(empty_database)
    assert schema_state(empty_database).kind is SchemaKind.CURRENT


@pytest.mark.parametrize(
    ("table", "change"), [(table, change) for table, all_ in APPEND_ONLY.items() for change in all_]
)
async def test_history_refuses_to_be_changed(database, table, change):
    statement = {
        "UPDATE": f"UPDATE {table} SET at = now()",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[change]
    async with database.connect() as connection:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            await connection.execute(text(statement))

"""A database from before the first release: each command says in one sentence how to start anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database import migrations
from gateway.database.migration_errors import MigrationError, SchemaNotServedError, UnreleasedSchemaError
from gateway.database.schema_state import SchemaKind, schema_state
from schema.releases import RELEASES
from tests.gateway.conftest import Types
from tests.open_folder import open_folder
from tests.ports import unused_port

WHAT = "The database was made by a tiyin from before the first release and cannot be brought up to date"


def set_revision(url: str, revision: str) -> None:
    async def write() -> None:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32))"))
            await connection.execute(text("DELETE FROM alembic_version"))
            await connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
        await engine.dispose()

    asyncio.run(write())


COMMANDS = (
    ["migrate"],
    ["migrate", "--check"],
    ["serve", "--port", "0"],
    ["audit"],
    ["rollback", "--check", RELEASES[0]],
)


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_postgresql_of_ones_own(types: Types, behind: str, command: list[str]) -> None:
    set_revision(behind, "0001")
    status, said, error = types(*command, DATABASE_URL=behind)
    assert (status, said) == (1, "")
    assert error == f"{WHAT}: drop it, create it again, and run `tiyin migrate`.\n"


@pytest.fixture
def old_home(types: Types) -> Iterator[Path]:
    """A data directory whose embedded database an older checkout has made."""
    with open_folder() as home:
        change = "UPDATE alembic_version SET version_num = '0001'"
        assert types("db", "psql", "-qc", change, DATABASE_URL=None, TIYIN_HOME=str(home))[0] == 0
        yield home


def test_with_the_embedded_database(types: Types, old_home: Path) -> None:
    for command in (["demo"], ["serve"], ["audit"], ["migrate"], ["order", "list"]):
        status, said, error = types(*command, DATABASE_URL=None, TIYIN_HOME=str(old_home), PORT=str(unused_port()))
        assert (status, said) == (1, "")
        assert error == f"{WHAT}: remove {old_home}/postgres and try again.\n"


@pytest.mark.parametrize("revision", ["0001", "0001_1", "0001_999"])
def test_every_revision_before_the_release_is_known_as_one(behind: str, revision: str) -> None:
    set_revision(behind, revision)
    with pytest.raises(UnreleasedSchemaError):
        schema_state(behind)
    with pytest.raises(UnreleasedSchemaError):
        migrations.upgrade(behind)


@pytest.mark.parametrize("revision", ["0999", "0001_sales"])
def test_a_later_revision_is_not_one_of_them(behind: str, revision: str) -> None:
    set_revision(behind, revision)
    with pytest.raises(SchemaNotServedError):
        schema_state(behind)
    with pytest.raises(MigrationError, match="not known to this version") as unknown:
        migrations.upgrade(behind)
    assert type(unknown.value) is MigrationError


def test_the_first_release_is_not_one_of_them(behind: str) -> None:
    set_revision(behind, "0001_books")
    assert schema_state(behind).kind is SchemaKind.BEHIND

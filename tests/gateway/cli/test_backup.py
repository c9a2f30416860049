"""`tiyin db dump` and `tiyin db restore`: all of a database, or a sentence that says what to do."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database.libpq_address import libpq_url
from tests.gateway.conftest import Types
from tests.other_sessions import execute
from tests.schema.test_migrations import catalogue

ORDER = """
    INSERT INTO orders (
        id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at, description)
    SELECT
        7, 'main', '1001', 'one_time', 500, 'awaiting', 1, '', '{}', now(), now(), string_agg(md5(CAST(n AS text)), '')
    FROM generate_series(1, 2000) n
"""
"""So large that the copy can be cut off within it."""

CONTENTS = """
    SELECT (SELECT array_agg(CAST(o AS text)) FROM orders o), (SELECT version_num FROM alembic_version),
        (SELECT last_value FROM order_ids),
        (SELECT array_agg(relname || tgname ORDER BY relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
        WHERE NOT tgisinternal)
"""


def contents(url: str) -> tuple[object, ...]:
    """Rows, sequences, triggers, and all else that the catalogue has of it."""

    async def read() -> tuple[object, ...]:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = (*(await connection.execute(text(CONTENTS))).one(), await catalogue(connection))
        await engine.dispose()
        return found

    return asyncio.run(read())


def relations(url: str) -> int:
    async def read() -> int:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            count = text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            number = (await connection.execute(count)).scalar_one()
        await engine.dispose()
        return int(number)

    return asyncio.run(read())


@pytest.fixture
def copy(types: Types, tmp_path: Path, database_url: str) -> Path:
    asyncio.run(execute(database_url, ORDER, "SELECT nextval('order_ids')", "COMMENT ON SCHEMA public IS 'ours'"))
    status, _, wrong = types("db", "dump", "copy")
    asyncio.run(execute(database_url, "COMMENT ON SCHEMA public IS 'standard public schema'"))
    assert (status, wrong) == (0, "")
    return tmp_path / "copy"


def test_what_is_restored_is_what_was_copied(types: Types, copy: Path, database_url: str, behind: str) -> None:
    assert types("db", "restore", "copy", DATABASE_URL=behind)[::2] == (0, "")
    assert contents(behind) == contents(database_url)
    for step in ("run `tiyin db restored`.", "then run `tiyin db restored --done`."):
        assert types("db", "status", DATABASE_URL=behind)[1].endswith(f"{step}\n")
        assert types("db", "restored", DATABASE_URL=behind)[0] == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert types("audit", "--thorough", DATABASE_URL=behind)[0] == 1  # of an order without a history
    status, _, wrong = types("db", "restore", "copy", DATABASE_URL=behind)
    assert (status, wrong) == (
        1,
        "The database is not empty, and nothing was changed: create another and name it in DATABASE_URL, or drop it and"
        " create it again, and try again.\n",
    )


@pytest.fixture
def owner(database_url: str, behind: str) -> Iterator[str]:
    """The address of the empty database for a role that may make tables, and nothing else."""
    asyncio.run(execute(database_url, "CREATE ROLE no_more LOGIN"))
    asyncio.run(execute(behind, "GRANT CREATE ON SCHEMA public TO no_more"))
    yield behind.replace("//postgres@", "//no_more@")
    asyncio.run(execute(behind, "DROP OWNED BY no_more", "DROP ROLE no_more"))


def test_whoever_may_make_the_tables_may_restore_them(types: Types, copy: Path, database_url: str, owner: str) -> None:
    assert types("db", "restore", "copy", DATABASE_URL=owner)[::2] == (0, "")
    assert contents(owner)[:-1] == contents(database_url)[:-1]


def test_a_schema_of_another_name_is_asked_for_before_anything_is_changed(
    types: Types, database_url: str, behind: str
) -> None:
    asyncio.run(execute(behind, 'CREATE SCHEMA "my shop"', 'ALTER DATABASE behind SET search_path = "my shop"'))
    types("migrate", DATABASE_URL=behind)
    assert types("db", "dump", "copy", DATABASE_URL=behind)[::2] == (0, "")
    asyncio.run(execute(database_url, "DROP DATABASE behind WITH (FORCE)", "CREATE DATABASE behind"))
    status, _, wrong = types("db", "restore", "copy", DATABASE_URL=behind)
    assert (status, 'nothing was changed: ALTER ROLE … SET search_path = "my shop"' in wrong) == (1, True), wrong
    asyncio.run(execute(behind, 'ALTER DATABASE behind SET search_path = "my shop"'))
    assert types("db", "restore", "copy", DATABASE_URL=behind)[::2] == (0, "")


def test_a_file_that_is_there_is_replaced_only_by_force(types: Types, copy: Path) -> None:
    copy.write_text("mine")
    status, _, wrong = types("db", "dump", "copy")
    assert (status, wrong) == (1, "copy exists: choose another name, or say --force to replace it.\n")
    assert copy.read_text() == "mine"
    assert types("db", "dump", "--force", "copy")[0] == 0
    assert copy.read_bytes().startswith(b"PGDMP")
    assert [file.name for file in copy.parent.iterdir() if file.name.startswith("copy")] == ["copy"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda whole: b"", "is no copy that `tiyin db dump` or `pg_dump --format=custom` has made"),
        (lambda whole: b"-- SQL", "is no copy that `tiyin db dump` or `pg_dump --format=custom` has made"),
        (lambda whole: whole[:3000], "was not restored, and nothing was changed. pg_restore has failed: could not"),
        (lambda whole: whole[:-9000], "was not restored, and nothing was changed. pg_restore has failed: could not"),
    ],
    ids=["empty", "foreign", "its contents cut off", "its rows cut off"],
)
def test_a_file_that_is_no_whole_copy_leaves_nothing(
    types: Types, copy: Path, behind: str, spoil: Callable[[bytes], bytes], why: str
) -> None:
    copy.write_bytes(spoil(copy.read_bytes()))
    status, _, wrong = types("db", "restore", "copy", DATABASE_URL=behind)
    assert (status, why in wrong, wrong.count("\n")) == (1, True, 1), wrong
    assert relations(behind) == 0


def test_no_copy_is_written_that_its_servers_version_could_not_read(
    types: Types, programs: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("gateway.database.client_programs.SERVER_VERSION", text("SELECT 150008"))
    status, _, wrong = types("db", "dump", "copy", PATH=programs(pg_dump="18.4"))
    assert (status, wrong.split(":")[0]) == (
        1,
        "pg_dump is of version 18 here, which does not do for the server's version 15",
    )
    assert not (tmp_path / "copy").exists()


def test_a_database_that_is_not_ours_is_not_copied(types: Types, behind: str, tmp_path: Path) -> None:
    status, _, wrong = types("db", "dump", "copy", DATABASE_URL=behind)
    assert (status, wrong.split(":")[0]) == (1, "The database has no tables of this version of tiyin")
    assert not (tmp_path / "copy").exists()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A PATH on which programs of these versions are found, and no embedded ones beside them."""

    def made(**versions: str) -> str:
        monkeypatch.setattr("gateway.database.client_programs.embedded_binaries", lambda: None)
        (tmp_path / "bin").mkdir()
        for name, version in versions.items():
            program = tmp_path / "bin" / name
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
            program.chmod(0o755)
        return f"{tmp_path / 'bin'}"

    return made


@pytest.mark.parametrize(
    ("versions", "why"),
    [
        ({}, "There is no pg_dump here: pip install 'tiyin[embedded]', or install PostgreSQL's client programs.\n"),
        ({"pg_dump": "14.9 (Debian)"}, "pg_dump is of version 14 here, which does not do for the server's version 18:"),
    ],
    ids=["none", "older"],
)
def test_a_program_that_is_not_there_or_too_old(
    types: Types, programs: Callable[..., str], versions: dict[str, str], why: str
) -> None:
    status, _, wrong = types("db", "dump", "copy", PATH=programs(**versions))
    assert (status, wrong.startswith(why), wrong.count("\n")) == (1, True, 1), wrong


@pytest.mark.parametrize(
    ("hosts", "as_libpq"),
    [
        ("host=one:5433&host=two", "host=one%2Ctwo&port=5433%2C"),
        ("host=one:5433", "host=one&port=5433"),
        ("host=/run/post:1gres", "host=%2Frun%2Fpost%3A1gres"),
    ],
)
def test_several_servers_are_named_as_libpq_reads_them(hosts: str, as_libpq: str) -> None:
    assert libpq_url(f"postgresql+asyncpg://tiyin:secret@/tiyin?{hosts}") == f"postgresql://tiyin@/tiyin?{as_libpq}"

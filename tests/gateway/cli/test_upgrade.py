"""`tiyin db upgrade` and a database of another PostgreSQL: one sentence each, and nothing is changed."""

import os
from pathlib import Path

import pytest

from gateway.database.embedded import embedded_database
from gateway.database.server_user import server_user_id
from tests.gateway.conftest import Types

Home = dict[str, str | None]


@pytest.fixture
def home(fresh_home: Path) -> Path:
    """With a database of a PostgreSQL that nobody has any more, but for its server."""
    data = fresh_home / "postgres"
    (data / "base").mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    (data / "log").touch()
    data.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(data, server_user_id(), -1)
    return fresh_home


@pytest.fixture
def ours(home: Path) -> Home:
    return {"DATABASE_URL": None, "TIYIN_HOME": str(home)}


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """What says that it is the old PostgreSQL."""
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6'\n")
    program.chmod(0o755)
    return str(tmp_path)


def test_an_older_ones_is_not_served_and_the_command_is_named(types: Types, ours: Home, home: Path) -> None:
    for command in (["serve", "--port", "0"], ["audit"], ["db", "psql"]):
        status, said, wrong = types(*command, **ours)
        why = f"{home}/postgres was made by PostgreSQL 9, and this tiyin has PostgreSQL 18: run `tiyin db upgrade`"
        assert (status, said, wrong.startswith(why), wrong.count("\n")) == (1, "", True, 1), wrong


def test_a_newer_ones_can_only_be_given_to_a_newer_tiyin(types: Types, ours: Home, home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("99\n")
    for command in (["serve", "--port", "0"], ["db", "upgrade"]):
        status, _, wrong = types(*command, **ours)
        assert (status, "which cannot read it: use the tiyin that it was made with" in wrong) == (1, True), wrong


def test_programs_that_are_missing_or_others_are_said(types: Types, ours: Home, programs: str) -> None:
    assert "(Debian, Ubuntu: apt install postgresql-9;" in types("db", "upgrade", **ours)[2]
    (Path(programs) / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 12.1'\n")
    assert f"{programs} has PostgreSQL 12, and" in types("db", "upgrade", "--programs", programs, **ours)[2]


def test_what_is_in_the_way_is_said_before_anything_begins(types: Types, ours: Home, home: Path, programs: str) -> None:
    upgrade = ("db", "upgrade", "--programs", programs)
    with (home / "postgres" / "base" / "1").open("wb") as rows:
        rows.truncate(2**42)
    assert "An upgrade needs 8,389,760 MiB beside" in types(*upgrade, **ours)[2]
    (home / "postgres-9-before-upgrade").mkdir()
    assert "where the old database is to be kept: move it away first" in types(*upgrade, **ours)[2]
    (home / "postgres-9-before-upgrade").rmdir()
    (home / "postgres").rename(home / "elsewhere")
    (home / "postgres").symlink_to(home / "elsewhere")
    assert "is a mount point or a link" in types(*upgrade, **ours)[2]
    assert not (home / "postgres.upgrade").exists()


def test_there_must_be_an_embedded_database_that_nobody_uses(types: Types, fresh_home: Path) -> None:
    ours: Home = {"DATABASE_URL": None, "TIYIN_HOME": str(fresh_home)}
    assert "that database is not tiyin's to upgrade" in types("db", "upgrade")[2]
    assert types("db", "upgrade", **ours)[2].startswith(f"There is no database in {fresh_home}/postgres")
    with embedded_database(fresh_home):
        assert "is in use by another tiyin process: stop that one first" in types("db", "upgrade", **ours)[2]
    assert "there is nothing to upgrade" in types("db", "upgrade", **ours)[1]

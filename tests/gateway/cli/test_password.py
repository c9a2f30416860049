"""A database that asks for a password: every command gives it, and none shows it."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway.database.cluster import Postgres
from gateway.database.embedded import embedded_database
from tests.gateway.conftest import Types
from tests.open_folder import open_folder
from tests.other_sessions import execute

PASSWORD, IN_A_URL = "Se-cret @:/%?", "Se-cret%20%40%3A%2F%25%3F"


@pytest.fixture
def guarded() -> Iterator[str]:
    """The address of a database that lets nobody in without the password."""
    with open_folder() as folder, embedded_database(folder) as url:
        rules = Postgres(folder).data / "pg_hba.conf"
        rules.write_text("local all all scram-sha-256\n")
        asyncio.run(execute(url, f"ALTER USER postgres PASSWORD '{PASSWORD}'", "SELECT pg_reload_conf()"))
        yield url.replace("postgres@", f"postgres:{IN_A_URL}@")


def test_every_command_gets_in_and_shows_none_of_it(types: Types, guarded: str) -> None:
    counts = ["db", "psql", "-Atc", "SELECT count(*) FROM orders"]
    for command in (["migrate"], counts, ["db", "status"], ["audit"], ["db", "dump", "copy"]):
        status, said, wrong = types(*command, DATABASE_URL=guarded)
        assert (status, wrong) == (0, ""), command
        assert "Se-cret" not in said


def test_a_wrong_password_is_a_sentence(types: Types, guarded: str) -> None:
    status, said, wrong = types("audit", DATABASE_URL=guarded.replace("Se-cret", "An-other"))
    assert (status, said, wrong.count("\n"), "An-other" in wrong) == (1, "", 1, False)
    assert wrong.endswith('(password authentication failed for user "postgres"): look at DATABASE_URL.\n')

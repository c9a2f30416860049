"""What the database must be: said line by line, asked at the start, and made for two roles by a script."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from core.db.server_settings import ServerSettings
from gateway.database import migrations
from gateway.database.libpq_address import libpq_url
from gateway.extras import embedded_binaries
from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import OK, Payme, new_id
from tests.actors.shop import Shop
from tests.conftest import SETTINGS, serving
from tests.gateway.conftest import Types
from tests.other_sessions import execute

OWNER, SERVING = "tiyin_owner", "tiyin"


@pytest.fixture
async def roles(behind: str, types: Types, tmp_path) -> AsyncIterator[Callable[[], None]]:
    """Runs the script in a new database, as a superuser with psql."""
    script = tmp_path / "roles.sql"

    def run() -> None:
        script.write_text(types("db", "roles")[1])
        binaries = embedded_binaries()
        assert binaries is not None
        subprocess.run([binaries / "psql", "-qf", script, libpq_url(behind)], check=True, timeout=60)

    yield run
    names = f"{OWNER}, {SERVING}"
    await execute(behind, f"DROP OWNED BY {names}", f"DROP ROLE {names}")


def for_role(url: str, role: str) -> str:
    return make_url(url).set(username=role).render_as_string()


def starts(types: Types, **names: str | None) -> str:
    """What `tiyin serve` says until it meets a port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return types("serve", "--port", str(taken.getsockname()[1]), **names)[2]


async def typed(types: Types, *arguments: str, **names: str | None) -> tuple[int, str, str]:
    """A command runs an event loop of its own."""
    return await asyncio.to_thread(types, *arguments, **names)


async def test_one_role_migrates_and_another_serves(roles, behind, types, settings, clock, timeouts, http, database):
    ours = {"DATABASE_URL": for_role(behind, SERVING)}
    await asyncio.to_thread(roles)
    assert (await typed(types, "migrate", DATABASE_URL=for_role(behind, OWNER)))[0] == 0
    await asyncio.to_thread(roles)
    said = (await typed(types, "db", "check", **ours))[1]
    assert [line for line in said.splitlines() if "MISSING" in line and " is off, and " not in line] == []
    assert f"ok       the role {SERVING} has the rights" in said
    assert "note" not in said
    async with serving(settings, ours["DATABASE_URL"], clock) as server:
        shop = Shop(http, str(server.make_url("/")), SETTINGS["API_TOKEN"], database)
        payme = Payme(http, str(server.make_url("/payment/callback/payme")), SETTINGS["PAYME_KEY"])
        click = Click(http, server.make_url("/payment/callback/click"), 54321, SETTINGS["CLICK_SECRET_KEY"])
        await shop.opens("1001", OK)
        await shop.opens("1002", 50_000)
        await payme.creates(payment := new_id(), to_ms(clock()), "1001")
        assert (await payme.performs(payment))["state"] == 2
        await click.pays("1002")
    await execute(ours["DATABASE_URL"], "SELECT FROM schema_promises")
    with pytest.raises(DBAPIError, match="must be owner of table transitions"):
        await execute(ours["DATABASE_URL"], "DROP TABLE transitions")


async def test_what_a_superuser_has_made_becomes_the_owners(roles, behind, types):
    assert (await typed(types, "migrate", DATABASE_URL=behind))[0] == 0
    await asyncio.to_thread(roles)
    for changed in ("ALTER TABLE orders ADD COLUMN more text", "DROP TRIGGER append_only ON transitions"):
        await execute(for_role(behind, OWNER), changed)
    await execute(behind, f"REVOKE INSERT ON orders FROM {SERVING}")
    status, said, _ = await typed(types, "db", "check", DATABASE_URL=for_role(behind, SERVING))
    line = f"MISSING  INSERT on table orders: GRANT INSERT ON TABLE orders TO {SERVING};"
    assert (status, line in said) == (1, True)


def test_what_is_not_durable_is_missing_and_is_said_once_at_the_start(types: Types) -> None:
    status, said, _ = types("db", "check")
    assert (status, said.splitlines()[-1]) == (1, "3 missing.")
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert f"  MISSING  {name} is off, and what was acknowledged may be lost" in said
    assert "note     the role postgres owns the tables, or is a superuser" in said
    assert (
        starts(types).count("The database is not durable (off: fsync, full_page_writes, synchronous_commit), and may")
        == 1
    )


def test_a_standby_that_nobody_waits_for_is_missing(types: Types, behind: str) -> None:
    with_standby = (
        "ALTER DATABASE behind SET synchronous_commit = local",
        "ALTER SYSTEM SET synchronous_standby_names = 'one'",
    )
    asyncio.run(execute(behind, *with_standby, "SELECT pg_reload_conf()"))
    try:
        said = types("db", "check", DATABASE_URL=behind)[1]
    finally:
        asyncio.run(execute(behind, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"))
    assert "ok       synchronous_commit is local" in said
    assert "MISSING  synchronous_commit waits for none of one, and what was acknowledged may be on no" in said


def test_a_schema_that_is_behind_is_missing(types: Types, behind: str) -> None:
    said = types("db", "check", DATABASE_URL=behind)[1]
    assert "MISSING  the newest schema: `tiyin migrate`" in said
    assert "MISSING  table orders: `tiyin migrate`, or look at" in said


@pytest.fixture
def ascii_database(database_url: str):
    url = database_url.replace("/postgres?", "/ascii?")
    create = "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    asyncio.run(execute(database_url, create))
    yield url
    asyncio.run(execute(database_url, "DROP DATABASE ascii WITH (FORCE)"))


def test_a_database_in_another_encoding_is_neither_migrated_nor_served(types: Types, ascii_database: str) -> None:
    sentence = "The database's encoding is SQL_ASCII, and UTF8 is needed: make another one (createdb --encoding=UTF8"
    ours = {"DATABASE_URL": ascii_database}
    assert types("migrate", **ours)[2].startswith(sentence)
    assert types("migrate", "--check", **ours)[2].endswith("run `tiyin migrate`.\n")
    migrations.upgrade(ascii_database)
    assert starts(types, **ours).startswith(sentence)
    assert f"MISSING  {sentence}" in types("db", "check", **ours)[1]


def test_an_old_server_is_refused() -> None:
    new = ServerSettings(15, "15.0", "UTF8", {}, "", owns_tables=False)
    assert new.unfit == []
    (sentence,) = replace(new, version=14, version_text="14.21").unfit
    assert sentence.startswith("The server is PostgreSQL 14.21, and 15 or newer is needed")

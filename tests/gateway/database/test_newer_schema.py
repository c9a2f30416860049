"""A database that a newer release has migrated: this one serves on it where it may, else it refuses in a sentence."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from core.clock import wall_clock
from gateway.config.setting_history import CAME_WITH
from gateway.config.settings import FLAT, Settings
from gateway.database import migrations
from gateway.database.schema_state import look_at_schema
from schema.releases import RELEASES, this_release
from schema.values import to_ms
from tests.actors.payme import OK, Payme, new_id
from tests.actors.shop import Shop
from tests.conftest import SETTINGS
from tests.gateway.conftest import Types
from tests.open_folder import open_folder
from tests.other_sessions import execute
from tests.ports import unused_port

OURS, FIRST, LAST = this_release(), RELEASES[0], RELEASES[-1]

ROOT = Path(migrations.__file__).parents[2]

NEWER = (
    "ALTER TABLE payments ADD COLUMN commission bigint",
    "CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payment_id integer NOT NULL)",
    "UPDATE alembic_version SET version_num = '9999_refunds'",
)
"""An expansion by a release that there is not yet."""

SCHEMA = "The schema (revision 9999_refunds) is"
MAY = f"{SCHEMA} a newer release's, on which this one, {OURS}, may serve: go forward again"
TOO_NEW = f"{SCHEMA} a newer release's, on which this one, {OURS}, may not serve: the oldest release that may is 99.0."
INSTALL = "Install that one or a newer one, and leave the schema as it is: see docs/rollback.md.\n"
UNKNOWN = f"{SCHEMA} not known to this release, {OURS}, and the oldest release that may serve on it is unknown: install"

SERVING = (["migrate", "--check"], ["migrate"], ["audit"], ["order", "list"], ["serve", "--port", "0"])


def promise(serves_from: str | None) -> tuple[str, ...]:
    rows = "" if serves_from is None else f"INSERT INTO schema_promises VALUES ('9999_refunds', '{serves_from}')"
    return ("DELETE FROM schema_promises WHERE revision = '9999_refunds'", *([rows] if rows else []))


@pytest.fixture(scope="module")
def migrated(database_url: str) -> Iterator[str]:
    url = database_url.replace("/postgres?", "/newer?")
    asyncio.run(execute(database_url, "CREATE DATABASE newer"))
    migrations.upgrade(url)
    asyncio.run(execute(url, *NEWER))
    yield url
    asyncio.run(execute(database_url, "DROP DATABASE newer WITH (FORCE)"))


@pytest.fixture
def newer(migrated: str) -> str:
    """The address of a database with a newer schema, on which every release may serve."""
    asyncio.run(execute(migrated, *promise(FIRST)))
    return migrated


async def test_payments_are_taken_where_this_release_may_serve(serve, http, database, newer):
    await execute(newer, *promise(OURS))
    async with serve("--workers", "2", DATABASE_URL=newer) as served:
        await Shop(http, f"{served.url}/", SETTINGS["API_TOKEN"], database).opens("1001", OK)
        payme = Payme(http, f"{served.url}/payment/callback/payme", SETTINGS["PAYME_KEY"])
        await payme.creates(payment := new_id(), to_ms(wall_clock()), "1001")
        assert (await payme.performs(payment))["state"] == 2
        warning = await served.says("schema of a newer release")
    assert (warning["level"], warning["revision"], warning["serves_from"]) == ("warning", "9999_refunds", OURS)
    said = served.out.read_text().splitlines()
    assert [line.startswith("{") for line in said if MAY in line] == [
        False,
        True,
    ]  # both of them once for all processes


def test_nothing_is_migrated_where_this_release_may_serve(types: Types, newer: str) -> None:
    for command in (["migrate"], ["migrate", "--check"]):
        status, said, error = types(*command, DATABASE_URL=newer)
        assert (status, error) == (0, "")
        assert said.startswith("Nothing is to be applied to the database at postgresql://")
        assert MAY in said
    assert look_at_schema(newer).revisions == ("9999_refunds",)


def test_commands_work_where_this_release_may_serve(types: Types, newer: str, behind: str, tmp_path: Path) -> None:
    for command in (
        ["order", "add", "1002", "50000"],
        ["order", "history", "1002"],
        ["find", "1002"],
        ["export", "orders", "export", "--finished-before", "2026-01-01"],
        ["db", "dump", "copy.dump"],
    ):
        assert types(*command, DATABASE_URL=newer)[::2] == (0, ""), command
    assert MAY in types("db", "status", DATABASE_URL=newer)[1]
    assert f"note     {MAY}" in types("db", "check", DATABASE_URL=newer)[1]
    assert types("db", "restore", "copy.dump", DATABASE_URL=behind)[0] == 0
    assert types("migrate", DATABASE_URL=behind)[0] == 0
    assert "run that release's `tiyin db restored`, too." in types("db", "restored", DATABASE_URL=behind)[1]
    assert "run that release's" not in types("db", "restored", "--done", DATABASE_URL=behind)[1]


def test_an_export_names_both_revisions_where_there_are_two(types: Types, newer: str, tmp_path: Path) -> None:
    asyncio.run(execute(newer, "INSERT INTO alembic_version VALUES ('0001_books')"))
    export = ["export", "orders", "two", "--finished-before", "2026-01-01"]
    status, _, error = types(*export, DATABASE_URL=newer)
    asyncio.run(execute(newer, "DELETE FROM alembic_version WHERE version_num = '0001_books'"))
    assert (status, error) == (0, "")
    assert '"0001_books, 9999_refunds"' in (tmp_path / "two" / "manifest.json").read_text()


def test_an_audit_says_that_the_newer_releases_is_the_one_to_trust(types: Types, newer: str) -> None:
    trust = "its own audit is the one to trust."
    assert trust in types("audit", DATABASE_URL=newer)[1]
    assert trust in types("audit", "--json", DATABASE_URL=newer)[1]
    assert trust not in types("audit")[1]


@pytest.mark.parametrize(
    ("serves_from", "sentence"),
    [("99.0", TOO_NEW), (None, UNKNOWN), ("soon", UNKNOWN)],
    ids=["newer", "nothing", "no version"],
)
def test_it_is_refused_where_this_release_may_not_serve(
    types: Types, newer: str, serves_from: str | None, sentence: str
) -> None:
    asyncio.run(execute(newer, *promise(serves_from)))
    for command in SERVING:
        status, said, error = types(*command, DATABASE_URL=newer)
        assert (status, said) == (1, "")
        assert error.startswith(sentence), command
    assert sentence in types("db", "status", DATABASE_URL=newer)[1]
    assert f"MISSING  {sentence}" in types("db", "check", DATABASE_URL=newer)[1]


def test_what_a_step_in_between_has_shut_out_stays_out(types: Types, newer: str) -> None:
    asyncio.run(execute(newer, "INSERT INTO schema_promises VALUES ('9998_narrow', '99.0')"))
    try:
        assert types("migrate", DATABASE_URL=newer) == (1, "", f"{TOO_NEW} {INSTALL}")
    finally:
        asyncio.run(execute(newer, "DELETE FROM schema_promises WHERE revision = '9998_narrow'"))


def test_a_role_that_may_not_read_promises_hears_what_it_lacks(types: Types, newer: str) -> None:
    asyncio.run(execute(newer, "CREATE ROLE waiter LOGIN", "GRANT SELECT ON alembic_version TO waiter"))
    url = make_url(newer).set(username="waiter").render_as_string()
    try:
        error = types("serve", "--port", "0", DATABASE_URL=url)[2]
        assert error.endswith("GRANT SELECT ON TABLE schema_promises TO waiter;\n")
        asyncio.run(execute(newer, "GRANT SELECT ON TABLE schema_promises TO waiter;"))
        assert types("migrate", "--check", DATABASE_URL=url)[0] == 0
    finally:
        asyncio.run(execute(newer, "DROP OWNED BY waiter", "DROP ROLE waiter"))


@pytest.fixture
def newer_home(types: Types) -> Iterator[dict[str, str | None]]:
    """A data directory whose embedded database a newer release has migrated."""
    with open_folder() as home:
        names = {"DATABASE_URL": None, "TIYIN_HOME": str(home)}
        change = "; ".join((*NEWER, *promise(FIRST)))
        assert types("db", "psql", "-qc", change, **names)[0] == 0
        yield names


def test_the_embedded_database_of_a_newer_release_is_left_as_it_is(types: Types, newer_home: dict[str, str]) -> None:
    assert types("migrate", **newer_home)[1].startswith("Nothing is to be applied to the embedded database under")
    revision, no_more = "SELECT version_num FROM alembic_version", "; ".join(promise("99.0"))
    assert types("db", "psql", "-qAt", "-c", revision, "-c", no_more, **newer_home)[:2] == (0, "9999_refunds\n")
    for command in ("serve", "demo"):
        assert types(command, **newer_home, PORT=str(unused_port()))[2].startswith(TOO_NEW)


def check(types: Types, version: str, url: str) -> tuple[int, str]:
    status, said, error = types("rollback", "--check", version, DATABASE_URL=url)
    return status, said + error


def test_a_rollback_is_answered_with_yes_where_the_schema_promises_it(
    types: Types, database_url: str, newer: str
) -> None:
    for url in (database_url, newer):
        status, said = check(types, FIRST, url)
        assert (status, said.startswith(f"Yes, {FIRST} can serve on the database at postgresql://")) == (0, True)
        assert f"Install {FIRST} and restart every process; do not downgrade the schema" in said


def test_a_rollback_names_the_settings_that_the_release_does_not_know(
    types: Types, database_url: str, tmp_path: Path
) -> None:
    toys = '[shops.toys]\napi_tokens = ["toys-token-0123456789-abcdefghijkl"]\n'
    (tmp_path / "tiyin.toml").write_text(f'{toys}[shops.toys.webhooks.erp]\nurl = "https://toys.example.uz/"\n')
    names = dict.fromkeys(SETTINGS) | {"OUTBOUND": "off", "WEBHOOKS_KEEP_DAYS": "30"}
    status, said, _ = types("rollback", "--check", "0.1.0", DATABASE_URL=database_url, **names)
    unknown = "OUTBOUND, WEBHOOKS_KEEP_DAYS, shops.*.webhooks"
    assert (status, said.endswith(f"0.1.0 does not know these settings, and refuses to start: {unknown}.\n")) == (
        0,
        True,
    )


def test_what_a_release_brought_is_a_setting() -> None:
    names = {name for since in CAME_WITH.values() for name in since if name.isupper()}
    assert names <= {name.upper() for name in {*Settings.model_fields, *FLAT}}


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("yesterday", f"'yesterday' is no version: give one such as {LAST}.\n"),
        ("99.0", f"No: 99.0 is newer than this release, {OURS}. Going forward is `tiyin migrate`.\n"),
        ("0.0.9", f"No: 0.0.9 was never released. Releases are {', '.join(RELEASES)}.\n"),
    ],
)
def test_a_rollback_to_what_is_no_older_release(types: Types, database_url: str, version: str, sentence: str) -> None:
    assert check(types, version, database_url) == (1, sentence)


def test_a_rollback_is_answered_with_no_where_the_schema_does_not_promise_it(types: Types, newer: str) -> None:
    asyncio.run(execute(newer, *promise("99.0")))
    oldest = "the oldest release that may serve on the schema is 99.0, since the migration 9999_refunds."
    assert check(types, FIRST, newer)[1].startswith(f"No, {FIRST} cannot serve here: {oldest}")
    asyncio.run(execute(newer, *promise(None)))
    assert check(types, FIRST, newer)[1].endswith("does not say which release may serve on it.\n")


HEAD = migrations.known_steps().get_current_head()

STEP = f"""
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999_refunds", "{HEAD}", None, None


def upgrade():
    op.execute("INSERT INTO schema_promises VALUES ('9999_refunds', '{FIRST}')")
"""


def test_a_rollback_before_anything_was_migrated(
    types: Types, behind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(types, FIRST, behind)[1].startswith(f"No, {FIRST} cannot serve here: the database is empty")
    migrations.upgrade(behind)
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "schema" / "migrations", folder)
    (folder / "versions" / "9999_refunds.py").write_text(STEP)
    monkeypatch.setattr(migrations, "SCRIPTS", str(folder))
    status, said = check(types, FIRST, behind)
    assert (status, f"the schema (revision {HEAD}) is older than this release's" in said) == (1, True)
    migrations.upgrade(behind, str(folder))
    assert check(types, FIRST, behind)[0] == 0


def test_a_rollback_itself_is_nobodys_but_the_operators(types: Types) -> None:
    status, _, error = types("rollback")
    assert (status, error.startswith("tiyin itself changes nothing at a rollback: ask")) == (1, True)

"""A copy of the whole database is written to a file, and put back into an empty one, by PostgreSQL's own programs."""

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from gateway.database import restores
from gateway.database.client_programs import ClientProgram, ClientProgramError
from gateway.database.libpq_address import libpq_url
from gateway.database.migration_errors import MigrationError
from gateway.database.migrations import under_lock
from gateway.durable_files import whole_file

MAGIC: Final = b"PGDMP"
"""How a copy in PostgreSQL's custom format begins."""

LOCK_WAIT: Final = "10s"
"""For a table that a migration has locked; payments wait behind whoever waits for it."""

ENTRY: Final = re.compile(r"\d+; ")
"""A line of a copy's table of contents; the others are remarks."""
OF_THE_SERVER: Final = re.compile(
    r"\d+; \d+ \d+ (EXTENSION|COMMENT - EXTENSION|PUBLICATION|SUBSCRIPTION|EVENT TRIGGER) "
)
"""They need the server's superuser, and nothing of ours needs them."""
OUR_TABLE: Final = re.compile(r"\d+; \d+ \d+ TABLE (?P<schema>.+?) alembic_version ")
OF_MARK: Final = re.compile(r"\d+; \d+ \d+ (TABLE DATA|TABLE|CONSTRAINT) (?P<schema>.+?) restores ")

HAS_TABLES: Final = text("SELECT to_regclass('alembic_version') IS NOT NULL AND to_regclass('restores') IS NOT NULL")

RELATIONS: Final = text("""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relname LIMIT 2
""")
"""Of no extension: what there would be of ours, and of others."""

HAS_SCHEMA: Final = text("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :schema)")
IS_IN_PATH: Final = text("SELECT CAST(:schema AS text) = ANY (current_schemas(false))")

DROP_MARK: Final = text("DROP TABLE IF EXISTS restores")
ANALYZE: Final = text("ANALYZE")


class BackupError(MigrationError):
    """Nothing was written, or nothing was restored; the text says what to do."""


class Contents(NamedTuple):
    """What is in a copy: lines of its table of contents."""

    schema: str
    of_mark: list[str]
    """The table of restores, without its rows: they are of the copy's past."""
    others: list[str]


def dump(url: str, file: Path) -> None:
    """Write the database, as it is at this moment, to a file; beside whatever goes on. Replaces the file."""
    if not under_lock(url, lambda connection: connection.execute(HAS_TABLES).scalar_one()):
        raise BackupError("The database has no tables of this version of tiyin: is it the right one? There is no copy.")
    program = ClientProgram("pg_dump", url)
    with whole_file(file) as new:
        place = (f"--dbname={libpq_url(url)}", f"--file={new}")
        program.run("--format=custom", "--no-password", f"--lock-wait-timeout={LOCK_WAIT}", *place)


def check_file(file: Path) -> None:
    """Raise BackupError where it is no copy at all."""
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise BackupError(f"{file} is no copy that `tiyin db dump` or `pg_dump --format=custom` has made.")


def restore(url: str, file: Path, how_to_empty: str) -> None:
    """Put a copy into an empty database, and mark it: nothing is answered from it before it is resumed.

    The mark is there before anything else can be seen, and all else comes in one transaction: whatever is killed
    meanwhile leaves nothing that a gateway would serve, and what can be restored again. `how_to_empty`: for the
    operator. Raises BackupError, ClientProgramError and SequenceError.
    """
    program = ClientProgram("pg_restore", url)
    try:
        contents = _contents(program, file)
        under_lock(url, lambda connection: _prepare(connection, contents.schema, how_to_empty))
        _restore(program, url, file, contents)
    except ClientProgramError as error:
        raise BackupError(f"{file} was not restored, and nothing was changed. {error}") from None


def _restore(program: ClientProgram, url: str, file: Path, contents: Contents) -> None:
    try:
        if not under_lock(url, _relations):
            _run(program, url, file, contents.of_mark)
        restores.mark(url)
        _run(program, url, file, contents.others)
    except BaseException:
        under_lock(url, _drop_lonely_mark)
        raise
    under_lock(url, lambda connection: connection.execute(ANALYZE))


def _contents(program: ClientProgram, file: Path) -> Contents:
    lines = program.run("--list", str(file)).splitlines()
    entries = [line for line in lines if ENTRY.match(line) and not OF_THE_SERVER.match(line)]
    schema = next((match["schema"] for line in entries if (match := OUR_TABLE.match(line))), None)
    of_mark = [line for line in entries if (match := OF_MARK.match(line)) and match["schema"] == schema]
    if schema is None or not of_mark:
        raise BackupError(f"{file} is no copy of a database that this version of tiyin can bring up to date.")
    of_schema = (f" SCHEMA - {schema} ", f" COMMENT - SCHEMA {schema} ")  # to comment on it is for its owner
    done_before = {*of_mark, *(line for line in entries if any(words in line for words in of_schema))}
    return Contents(
        schema,
        [line for line in of_mark if " TABLE DATA " not in line],
        [line for line in entries if line not in done_before],
    )


def _prepare(connection: Connection, schema: str, how_to_empty: str) -> None:
    if _is_used(connection):
        raise BackupError(f"The database is not empty, and nothing was changed: {how_to_empty}, and try again.")
    quoted, values = connection.dialect.identifier_preparer.quote(schema), {"schema": schema}
    if not connection.execute(HAS_SCHEMA, values).scalar_one():  # IF NOT EXISTS asks for the right even if it does
        connection.execute(text(f"CREATE SCHEMA {quoted}"))
    if not connection.execute(IS_IN_PATH, values).scalar_one():
        raise BackupError(
            f"The copy has its tables in the schema {schema}, which this role does not look into, and nothing was"
            f" changed: ALTER ROLE … SET search_path = {quoted}, GRANT USAGE ON SCHEMA where that lacks, and try again."
        )


def _relations(connection: Connection) -> list[str]:
    return list(connection.execute(RELATIONS).scalars())


def _is_used(connection: Connection) -> bool:
    """Return whether it holds anything; a mark alone was left by a restore that was killed."""
    return _relations(connection) not in ([], ["restores"])


def _drop_lonely_mark(connection: Connection) -> None:
    if not _is_used(connection):
        connection.execute(DROP_MARK)


def _run(program: ClientProgram, url: str, file: Path, entries: Iterable[str]) -> None:
    """Restore these entries, all or none. Roles and tablespaces of the copy's server need not exist here."""
    with NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as list_:
        list_.write("\n".join(entries) + "\n")
        list_.flush()
        what = ("--no-owner", "--no-privileges", "--no-tablespaces", f"--use-list={list_.name}", str(file))
        program.run("--single-transaction", "--exit-on-error", "--no-password", f"--dbname={libpq_url(url)}", *what)

"""Everything that a server has is copied into another by dump and restore, and both are compared row by row."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from gateway.database.client_programs import ClientProgram
from gateway.database.libpq_address import libpq_url
from gateway.database.migration_errors import MigrationError
from gateway.database.migrations import under_lock

JOBS_MAX: Final = 4
"""Tables that are restored at once, where there are as many processors."""

FIRST_ROLE: Final = "CREATE ROLE postgres;"
"""The one role that a new server has; what else the old one says of it is taken over."""

DATABASES: Final = text("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname")

RELATIONS: Final = text("""
    SELECT format('%I.%I', nspname, relname) AS name, relkind = 'S' AS is_sequence
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'S') AND relpersistence <> 't'
        AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
    ORDER BY name
""")

ROWS: Final = """
    SELECT count(*), sum(CAST(CAST('x' || left(md5(CAST(row_ AS text)), 15) AS bit(60)) AS bigint)) FROM {} row_
"""
"""How many there are, and a sum that each has a part in, whatever their order."""

POSITION: Final = "SELECT last_value, is_called FROM {}"

SAME_TEXT: Final = text("""
    SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true),
        set_config('IntervalStyle', 'postgres', true), set_config('bytea_output', 'hex', true),
        set_config('extra_float_digits', '1', true)
""")
"""What a value's text depends on, which each server may have set otherwise."""

ANALYZE: Final = text("ANALYZE")

Contents = Mapping[str, tuple[object, ...]]
"""Of one database: its tables' rows and its sequences' positions, by their names."""


class CopyError(MigrationError):
    """The copy is not what was copied."""


class Servers(NamedTuple):
    """Addresses of the two, with any database."""

    source: str
    target: str

    def database(self, name: str) -> "Servers":
        return Servers(*(make_url(url).set(database=name).render_as_string(hide_password=False) for url in self))


def copy_everything(servers: Servers, programs: Path, folder: Path) -> None:
    """Copy roles and databases with the target's own programs. The target is new and has none. `folder` has room."""
    _copy_roles(servers, programs, folder / "roles.sql")
    for number, name in enumerate(_databases(servers.source)):
        _copy_database(servers.database(name), programs, folder / f"{number}.dump")


def compare(servers: Servers) -> int:
    """Raise CopyError where the target has not what the source has. Returns how many rows both have."""
    rows = 0
    for name in _databases(servers.source):
        source, target = map(contents, servers.database(name))
        if different := sorted(key for key in source.keys() | target.keys() if source.get(key) != target.get(key)):
            raise CopyError(f"The copy of the database {name} differs in {', '.join(different)}")
        rows += sum(int(str(row[0])) for key, row in source.items() if not key.startswith("sequence "))
    return rows


def _copy_roles(servers: Servers, programs: Path, file: Path) -> None:
    place = f"--dbname={libpq_url(servers.source)}"
    ClientProgram("pg_dumpall", servers.source, programs).run("--roles-only", "--no-password", place, f"--file={file}")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line != FIRST_ROLE]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--no-password")
    ClientProgram("psql", servers.target, programs).run(
        *options, f"--dbname={libpq_url(servers.target)}", f"--file={file}"
    )


def _copy_database(servers: Servers, programs: Path, file: Path) -> None:
    """With what is set and granted for the database itself, so it is made anew."""
    dump = ("--format=custom", "--no-password", f"--dbname={libpq_url(servers.source)}", f"--file={file}")
    ClientProgram("pg_dump", servers.source, programs).run(*dump)
    restore = ClientProgram("pg_restore", servers.target, programs)
    anew = ("--create", "--clean", "--if-exists", "--exit-on-error", "--no-tablespaces", "--no-password")
    jobs = f"--jobs={min(JOBS_MAX, os.cpu_count() or 1)}"
    restore.run(*anew, jobs, f"--dbname={libpq_url(servers.database('template1').target)}", str(file))
    file.unlink()
    under_lock(servers.target, lambda connection: connection.execute(ANALYZE))


def _databases(url: str) -> list[str]:
    return under_lock(url, lambda connection: list(connection.execute(DATABASES).scalars()))


def contents(url: str) -> Contents:
    """Read what a database has, so that any difference shows."""
    return under_lock(url, _contents)


def _contents(connection: Connection) -> Contents:
    connection.execute(SAME_TEXT)
    found: dict[str, tuple[object, ...]] = {}
    for name, is_sequence in connection.execute(RELATIONS).all():
        kind, ask = ("sequence", POSITION) if is_sequence else ("table", ROWS)
        found[f"{kind} {name}"] = tuple(connection.execute(text(ask.format(name))).one())
    return found

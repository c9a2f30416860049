"""A cluster is one PostgreSQL under the data directory: its files, its user, its start and its stop."""

import hashlib
import os
import pwd
import shlex
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from gateway.child_environment import child_environment
from gateway.database.data_directory import is_half, is_unused
from gateway.database.orphans import end_orphans, has_server, wait_for_dead
from gateway.database.postmaster import forget_dead, is_dead, status_of
from gateway.database.server_log import disk_is_full, first_error, last_words, size_of
from gateway.durable_files import sync_way_to
from gateway.extras import EMBEDDED_MISSING, embedded_binaries

SOCKET_PATH_MAX_BYTES: Final = 107
"""The system's limit for a unix socket."""
START_SECONDS: Final = 60
"""After a crash the server first replays its log."""
START_TRIES: Final = 3
START_PAUSE_SECONDS: Final = 0.5
STOP_SECONDS: Final = 30
SETTLE_PAUSE_SECONDS: Final = 0.05
SYSTEM_USER: Final = "pgserver"
"""PostgreSQL refuses to run as root: root's server runs as this user."""
SOCKET: Final = ".s.PGSQL.5432"
END_AFTER_CRASH: Final = "-c restart_after_crash=off"
"""By itself it would begin again at once and for ever, on a full disk twenty times a second, and say it is starting."""
OUT_OF_REACH: Final = "{data} is in use by a server in another container: run the command there, or stop it first"
BEING_MADE: Final = "postgres.new-"
"""How the name of a data directory begins until it is whole."""


class EmbeddedError(Exception):
    """The embedded database cannot be used; the text is for the operator."""


class DatabaseLostError(EmbeddedError):
    """Where a database was there is none."""


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
        """Whether there is a database: neither nothing, nor what was left of making one."""
        return self.data.is_dir() and any(self.data.iterdir()) and not is_half(self.data)

    def is_running(self) -> bool:
        """Whether the socket answers: a file with a process id may be left over, and the id given again."""
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            try:
                caller.connect(str(self.socket_dir / SOCKET))
            except BlockingIOError:  # it has more callers than it can take at once
                return True
            except OSError:
                return False
        return True

    def ensure_running(self, *, may_create: bool = True) -> None:
        """Start the server unless it runs. Raises EmbeddedError; DatabaseLostError where one would have to be made."""
        if self.data.exists():
            self._check_owner()
        if not self._settled():
            self._start(may_create=may_create)

    def _start(self, *, may_create: bool) -> None:
        if not may_create and not self.exists():
            raise DatabaseLostError(
                f"{self.data} holds no database any more: put it back, or a backup of it, before the gateway is started"
                " the next time, for that would make an empty one"
            )
        if is_dead(self.data) and has_server(self.data):  # its end would be that of payments under way
            raise EmbeddedError(OUT_OF_REACH.format(data=self.data))
        self._discard_left()
        if not self.exists():
            self._init()
        sync_way_to(self.data)  # from here on something is stored: its place must be as durable as it is
        self._own(self.socket_dir)
        if not status_of(self.data):
            (self.socket_dir / f"{SOCKET}.lock").unlink(missing_ok=True)  # it names the dead server, too
        wait_for_dead()
        if is_dead(self.data):
            end_orphans(self.data)
        # The options pass through a shell on their way.
        options = f"-h '' -p 5432 -k {shlex.quote(str(self.socket_dir))} {END_AFTER_CRASH}"
        start = ("-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self.log), "start")
        for left in reversed(range(START_TRIES)):
            forget_dead(self.data)
            try:
                self._run("pg_ctl", *start)
            except EmbeddedError:
                # A start whose caller was killed may have been the first; or processes of a dead server are ending.
                if not self._settled() and left == 0:
                    raise
            if self._settled():
                return
            time.sleep(START_PAUSE_SECONDS)
        raise EmbeddedError(f"The embedded database: it ended as soon as it was started{self._hint(self.data)}")

    def stop(self) -> None:
        if self._settled():
            self._run("pg_ctl", "-w", "-t", str(STOP_SECONDS), "-m", "fast", "stop")

    def _settled(self) -> bool:
        """Return whether the server runs, once it is neither starting nor stopping: whoever began it may be gone."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if status_of(self.data) not in {"starting", "stopping"}:
                break
            time.sleep(SETTLE_PAUSE_SECONDS)
        return self.is_running()

    def _init(self) -> None:
        """Make the data directory beside its place, and move it there when it is whole: it may be killed meanwhile."""
        if self.data.is_mount():
            raise EmbeddedError(
                f"{self.data} is a mount point, and nothing can be moved there: mount {self.data.parent}"
            )
        place = Path(tempfile.mkdtemp(prefix=BEING_MADE, dir=self.data.parent))
        try:
            self._own(place)
            locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
            # Every user who reaches the socket is trusted: only the directory's owner and root can.
            self._run("initdb", "--no-clean", "--auth=trust", "-U", "postgres", *locale, data=place)
            os.rename(place, self.data)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def _discard_left(self) -> None:
        """Remove what was left of making the data directory by whoever was killed in it."""
        for left in self.data.parent.glob(f"{BEING_MADE}*"):
            if is_unused(left):
                shutil.rmtree(left, ignore_errors=True)  # initdb may have outlived its caller: then it ends by itself
            elif not self.exists():
                raise EmbeddedError(
                    f"{left} holds a database that was used, and {self.data} none: if it is yours, rename it to that,"
                    " else move it away"
                )
        if self.data.is_dir() and is_half(self.data) and not self.data.is_mount():
            shutil.rmtree(self.data)

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

    def _run(self, name: str, *arguments: str, data: Path | None = None) -> None:
        """Run one of PostgreSQL's programs as the server's user, with an environment that has no secrets."""
        place, environment = data or self.data, child_environment()
        logged = size_of(self.log)
        account = identity() if os.geteuid() == 0 else {}
        command = [str(self.binaries / name), "-D", str(place), *arguments]
        with tempfile.TemporaryFile("w+") as said:  # not a pipe: the server would keep it open
            done = subprocess.run(  # noqa: S603
                command,
                stdout=said,
                stderr=said,
                stdin=subprocess.DEVNULL,
                env=environment,
                cwd=place,
                **account,
            )
            if done.returncode != 0:
                said.seek(0)
                reason = last_words(self.log, logged) or first_error(said.read())
                raise EmbeddedError(f"The embedded database: {reason}{self._hint(place)}")

    def _hint(self, place: Path) -> str:
        full = f"; the disk of {place} is full: make room there" if disk_is_full(place) else ""
        return f"{full} (see {self.log})" if place == self.data and self.log.exists() else full


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
        subprocess.run(["useradd", "--system", SYSTEM_USER], env=child_environment(), check=True, capture_output=True)  # noqa: S603, S607
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

"""A cluster is one PostgreSQL under the data directory: its files, its user, its start and its stop."""

import os
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from gateway.child_environment import child_environment
from gateway.database.data_directory import is_half, is_unused
from gateway.database.errors import DatabaseLostError, EmbeddedError
from gateway.database.majors import require_same_major
from gateway.database.orphans import end_orphans, has_server, wait_for_dead
from gateway.database.postmaster import forget_dead, is_dead, status_of
from gateway.database.server_log import cut_short, disk_is_full, first_error, last_words, size_of
from gateway.database.server_socket import SOCKET, SocketPlace, is_private
from gateway.database.server_user import (
    OTHER_CHECKOUT,
    OTHER_HOME,
    identity,
    require_way,
    server_user_id,
)
from gateway.database.upgrade_work import UpgradeWork
from gateway.durable_files import sync_way_to
from gateway.extras import EMBEDDED_MISSING, embedded_binaries

START_SECONDS: Final = 60
"""After a crash the server first replays its log."""
START_TRIES: Final = 3
START_PAUSE_SECONDS: Final = 0.5
STOP_SECONDS: Final = 30
SETTLE_PAUSE_SECONDS: Final = 0.05
END_AFTER_CRASH: Final = "-c restart_after_crash=off"
"""By itself it would begin again at once and for ever, on a full disk twenty times a second, and say it is starting."""
NO_ROWS_LOGGED: Final = "-c log_min_error_statement=panic"
"""A save has its rows in its text, with what the shop and the payer have written: no log has to keep it."""
NOT_BELIEVED: Final = (
    "others may change {folder}, or it is another user's, and the server there is not believed: see whose it is, then"
    " chmod 700 {folder}"
)
OUT_OF_REACH: Final = "{data} is in use by a server in another container: run the command there, or stop it first"
HALF_UPGRADED: Final = (
    "{data} is not in its place, as an upgrade was killed before its last step: run `tiyin db upgrade`"
)
BEING_MADE: Final = "postgres.new-"
"""How the name of a data directory begins until it is whole."""


class Postgres:
    """Starts and stops the server. The caller sees to it that only one process at a time does."""

    options = ""
    """More of them for the server, as a shell reads them."""

    def __init__(self, home: Path) -> None:
        """Raises EmbeddedError where the embedded PostgreSQL is not installed."""
        self.binaries = binaries()
        self.data = home.absolute() / "postgres"
        self.log = self.data / "log"
        self.socket = SocketPlace(self.data, home.absolute() / "run" / "postgres.socket")

    @property
    def socket_dir(self) -> Path:
        """Beside the data, which no other user may enter; a deep data directory needs a short one elsewhere."""
        return self.socket.folder

    def exists(self) -> bool:
        """Whether there is a database: neither nothing, nor what was left of making one."""
        return self.data.is_dir() and any(self.data.iterdir()) and not is_half(self.data)

    def is_running(self) -> bool:
        """Whether a server answers that is believed: where a command asks for anything, it asks at the same socket."""
        return self.socket.answers(server_user_id())

    def ensure_running(self, *, may_create: bool = True) -> None:
        """Start the server unless it runs. Raises EmbeddedError; DatabaseLostError where one would have to be made."""
        self.check_owner()
        if not self._settled():
            self._start(may_create=may_create)

    def _start(self, *, may_create: bool) -> None:
        folder = self.socket_dir
        if status_of(self.data) and (folder / SOCKET).exists() and not is_private(folder, server_user_id()):
            raise EmbeddedError(NOT_BELIEVED.format(folder=folder))
        if not may_create and not self.exists():
            raise DatabaseLostError(
                f"{self.data} holds no database any more: put it back, or a backup of it, before the gateway is started"
                " the next time, for that would make an empty one"
            )
        if not self.exists() and UpgradeWork(self.data.parent).is_between_renames():
            raise EmbeddedError(HALF_UPGRADED.format(data=self.data))
        require_same_major(self.data, self.binaries)
        if is_dead(self.data) and has_server(self.data):  # its end would be that of payments under way
            raise EmbeddedError(OUT_OF_REACH.format(data=self.data))
        self._discard_left()
        if not self.exists():
            self._init()
        sync_way_to(self.data)  # from here on something is stored: its place must be as durable as it is
        self._own(self.socket.make(server_user_id()))
        if not status_of(self.data):
            (self.socket_dir / f"{SOCKET}.lock").unlink(missing_ok=True)  # it names the dead server, too
        wait_for_dead()
        if is_dead(self.data):
            end_orphans(self.data)
        cut_short(self.log)
        # The options pass through a shell on their way.
        options = (
            f"-h '' -p 5432 -k {shlex.quote(str(self.socket_dir))} {END_AFTER_CRASH} {NO_ROWS_LOGGED} {self.options}"
        )
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
        if self._settled() or status_of(self.data):  # one that listens elsewhere was left by an upgrade that was killed
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
        """Make a directory the server's user's alone, if it can be reached by that user."""
        require_way(self.binaries / "postgres", "PostgreSQL's programs are", OTHER_CHECKOUT)
        require_way(directory, f"{self.data} is", OTHER_HOME)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry = directory.lstat()
        if not stat.S_ISDIR(entry.st_mode):
            raise EmbeddedError(f"{directory} is no directory")
        if os.geteuid() == 0:
            account = identity()
            os.chown(directory, account["user"], account["group"], follow_symlinks=False)
        elif entry.st_uid != os.geteuid():
            raise EmbeddedError(f"{directory} belongs to another user")
        directory.chmod(0o700)

    def check_owner(self) -> None:
        """Raise EmbeddedError where the data are another user's."""
        try:
            entry = self.data.stat()
        except OSError:  # there are none, or whoever needs them says why
            return
        if entry.st_uid != server_user_id() and any(self.data.iterdir()):
            raise EmbeddedError(
                f"{self.data} was made by another user (id {entry.st_uid}): run the command as that user"
            )

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

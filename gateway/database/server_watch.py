"""The server watch looks how the embedded server is; one process for all starts it again when it has died."""

import fcntl
from contextlib import ExitStack, suppress
from enum import StrEnum
from pathlib import Path
from threading import Event

from gateway.database.cluster import Postgres
from gateway.database.embedded import exclusively, opened, stopped_file
from gateway.database.errors import EmbeddedError
from gateway.database.postmaster import status_of
from gateway.database.server_log import LOG_MAX_BYTES, cut_short, size_of


class ServerState(StrEnum):
    UP = "up"
    STARTING = "starting"
    """Or stopping: it says so itself."""
    STOPPED = "stopped"
    """By `tiyin db stop --force`: somebody wants it to be."""
    DEAD = "dead"
    LOST = "lost"
    """Its data directory is not there."""


class ServerWatch:
    """Is used by every gateway process of a home. Its methods block: for a moment, but for `start_again`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._postgres = Postgres(home)
        self._turn = ExitStack()
        self._is_first = False
        self._closed = Event()

    @property
    def log(self) -> Path:
        """The server's."""
        return self._postgres.log

    def cut_log_short(self) -> None:
        """Keep the server's log from growing for ever, if this process is the one to look after the server."""
        if size_of(self.log) > LOG_MAX_BYTES and self.is_first():
            cut_short(self.log)

    def look(self) -> ServerState:
        status = status_of(self._postgres.data)
        if status in {"starting", "stopping"}:
            return ServerState.STARTING
        if status or self._postgres.is_running():  # in another container it has no process that we see
            self._forget_stop()
            return ServerState.UP
        if stopped_file(self._home).exists():
            return ServerState.STOPPED
        return ServerState.DEAD if self._postgres.exists() else ServerState.LOST

    def _forget_stop(self) -> None:
        """Remove what says that it was stopped: whoever was about it was killed before, and its next end is none."""
        if not stopped_file(self._home).exists():
            return
        with suppress(EmbeddedError), exclusively(self._home, wait=False) as is_ours:
            if is_ours and self._postgres.is_running():
                stopped_file(self._home).unlink(missing_ok=True)

    def is_first(self) -> bool:
        """Whether this process is the one to start it again. It stays so until it closes or ends, however it ends."""
        if self._is_first:
            return True
        with ExitStack() as stack:
            try:
                file = stack.enter_context(opened(self._home / "run" / "postgres.watch"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except EmbeddedError:  # then nothing can be started, and each process says why
                return True
            self._turn, self._is_first = stack.pop_all(), True
        return True

    def start_again(self) -> bool:
        """Start a server that is dead, which takes as long as its recovery. False: there was no need, or no leave.

        Raises EmbeddedError, or OSError.
        """
        with exclusively(self._home, wait=False) as is_ours:
            if not is_ours or self._closed.is_set() or self.look() not in {ServerState.DEAD, ServerState.LOST}:
                return False
            self._postgres.ensure_running(may_create=False)
            return True

    def close(self) -> None:
        """Start nothing from now on, and let another process have its turn."""
        self._closed.set()
        self._is_first = False
        self._turn.close()

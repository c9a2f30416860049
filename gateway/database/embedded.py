"""The embedded PostgreSQL is started by the first process that needs it and stopped by the last one that leaves."""

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from gateway.database.cluster import Postgres
from gateway.database.errors import EmbeddedError
from gateway.home_directory import make_home

__all__ = ["EmbeddedError", "address_under", "embedded_database", "exists", "running", "stop"]

DATABASE: Final = "postgres"


@contextmanager
def embedded_database(home: Path) -> Iterator[str]:
    """Give the address of the database under `home`, which runs as long as the context lasts."""
    postgres = Postgres(home)
    postgres.check_owner()  # before anything of ours is left there, which its owner could not open
    _make(home)
    with _users_file(home) as users:
        with exclusively(home):
            fcntl.flock(users, fcntl.LOCK_SH)
            postgres.ensure_running()
            stopped_file(home).unlink(missing_ok=True)
        starter = os.getpid()
        try:
            with sigterm_exits():
                yield address_under(home)
        finally:
            if os.getpid() == starter:  # the lock is one with that of forked workers: their end is not ours
                _leave(home, users, postgres)


def _leave(home: Path, users: int, postgres: Postgres) -> None:
    if postgres.data.is_dir():
        _make(home)  # somebody may have removed `run` meanwhile: the server would be left running
    with _signals_ignored(), exclusively(home):
        fcntl.flock(users, fcntl.LOCK_UN)
        if _no_other_user(users):
            postgres.stop()


def address_under(home: Path) -> str:
    """Give the address at which the database of this data directory listens when it runs."""
    from sqlalchemy.engine import URL

    place = {"host": str(Postgres(home).socket_dir)}
    return URL.create("postgresql+asyncpg", "postgres", database=DATABASE, query=place).render_as_string()


def exists(home: Path) -> bool:
    """Return whether a database was made under this directory, whether it runs or not."""
    return Postgres(home).exists()


def running(home: Path) -> bool:
    return Postgres(home).is_running()


def stop(home: Path, *, force: bool = False) -> bool:
    """Stop a server that a killed process has left running. False: it is in use, and still runs."""
    postgres = Postgres(home)
    if not postgres.data.is_dir():
        return True
    _make(home)
    with _users_file(home) as users, exclusively(home):
        if not force and not _no_other_user(users):
            return False
        stopped_file(home).touch()
        try:
            postgres.stop()
        except EmbeddedError:
            stopped_file(home).unlink()
            raise
        return True


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep every other process from using the server, and from starting it. Raises EmbeddedError where one uses it."""
    Postgres(home).check_owner()
    _make(home)
    with _users_file(home) as users, sigterm_exits(), exclusively(home, wait=False) as is_ours:
        if not is_ours or not _no_other_user(users):
            raise EmbeddedError("The embedded database is in use by another tiyin process: stop that one first")
        yield


def stopped_file(home: Path) -> Path:
    """There while the server is stopped because somebody said so: who watches it leaves it stopped."""
    return home / "run" / "postgres.stopped"


def _make(home: Path) -> None:
    try:
        make_home(home)
        (home / "run").mkdir(exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"{home} cannot be made ({error.strerror}): choose another TIYIN_HOME") from None


# The server's users are those who hold a shared lock on this file: the system drops the locks of the dead,
# however they died, and a list of process ids would have to be cleaned of them and of ids that were given again.
@contextmanager
def _users_file(home: Path) -> Iterator[int]:
    with opened(home / "run" / "postgres.users") as file:
        yield file


@contextmanager
def exclusively(home: Path, *, wait: bool = True) -> Iterator[bool]:
    """Let only one process at a time start or stop the server. Without `wait`, False: another is about it."""
    with opened(home / "run" / "postgres.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # closing it is not enough, where a process was forked meanwhile


@contextmanager
def opened(path: Path) -> Iterator[int]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(f"{path} cannot be opened ({error.strerror}): whose is {path.parent.parent}?") from None
    try:
        yield file
    finally:
        os.close(file)


def _no_other_user(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(users, fcntl.LOCK_UN)
    return True


@contextmanager
def sigterm_exits() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does, so that the server is stopped after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """Let no signal interrupt the stop, which is short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

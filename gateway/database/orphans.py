"""Orphans are the processes that a dead server has left: the next start ends them, and waits for those of its own."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

END_SECONDS: Final = 2.0
"""They leave at once, unless the system is at work for them, as with a disk that is slow to write."""

LOOK_PAUSE_SECONDS: Final = 0.01

PROCESSES: Final = Path("/proc")
"""Where the system has none, orphans end by themselves as soon as they are idle."""


class _Process(NamedTuple):
    id: int
    name: str
    state: str
    parent: int


def has_server(data: Path) -> bool:
    """Return whether a server works here all the same: one of the processes is the parent of others.

    In another container it has a number that says nothing here, and its socket may be out of reach.
    """
    working = list(_working_in(data))
    return not {process.id for process in working}.isdisjoint(process.parent for process in working)


def end_orphans(data: Path) -> None:
    """End what is left of a dead server: the caller has seen that it is dead, and lets nobody start another.

    An idle process notices by itself. One that is busy does not, an audit's for minutes, and no new server starts while
    it holds the old one's memory. It is ended as the server would have done it after a crash, the second time for
    certain; what it has committed is on the disk.
    """
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in _working_in(data):
            with suppress(OSError):  # it is gone, or it is no business of this user's
                os.kill(process.id, number)
        end = time.monotonic() + END_SECONDS
        while any(_working_in(data)) and time.monotonic() < end:
            time.sleep(LOOK_PAUSE_SECONDS)


def wait_for_dead() -> None:
    """Take note of the end of servers that became children of this process, as in a container whose first it is.

    Nobody else would: they would fill the system's list of processes, crash by crash.
    """
    for process in _servers_processes(ended=True):
        if process.parent == os.getpid():
            with suppress(ChildProcessError):
                os.waitpid(process.id, os.WNOHANG)


def _working_in(data: Path) -> Iterator[_Process]:
    for process in _servers_processes(ended=False):
        with suppress(OSError):
            if Path(PROCESSES, str(process.id), "cwd").samefile(data):
                yield process


def _servers_processes(*, ended: bool) -> Iterator[_Process]:
    for entry in PROCESSES.glob("[0-9]*"):
        process = _read(entry)
        if process is not None and process.name == "postgres" and (process.state in "ZX") == ended:
            yield process


def _read(entry: Path) -> _Process | None:
    try:
        before, _, after = (entry / "stat").read_text().rpartition(")")
    except OSError:
        return None
    state, parent = after.split()[:2]
    return _Process(int(entry.name), before.partition("(")[2], state, int(parent))

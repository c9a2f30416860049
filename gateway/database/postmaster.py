"""The server's first process says in `postmaster.pid` how it is; of a dead one the file may be left."""

import os
import subprocess
import time
from pathlib import Path
from typing import Final

from gateway.child_environment import child_environment

START_LINE: Final = 2
"""Counted from 0: when the server was started, in seconds since 1970."""
STATUS_LINE: Final = 7
"""Whether the server is starting, ready, a standby or stopping."""
START_APART_MAX_SECONDS: Final = 60
"""Between a process's start and the one that a server writes down; on a busy machine that comes late."""
UNWRITTEN_SECONDS: Final = 1
"""A server writes its id as soon as it has made the file for it."""
NOBODYS_ID: Final = str(2**31 - 2)
"""No system gives a process so high a number."""


def status_of(data: Path) -> str:
    """Read how the server of this data directory says that it is; empty if there is none, or none that we see."""
    lines = _lines(data / "postmaster.pid")
    if not lines or not _is_server_of(data, lines):
        return ""
    return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else "starting"


def is_dead(data: Path) -> bool:
    """Return whether there was a server that has not come to end as it should: its file is left."""
    lines = _lines(data / "postmaster.pid")
    return bool(lines) and not lines[0].startswith("-") and not _is_server_of(data, lines)


def forget_dead(data: Path) -> None:
    """Give the file of a dead server an id that nobody has.

    PostgreSQL would not start while another program has a dead server's id, or while nobody waits for the dead one.
    Only where the socket does not answer: a server in another container is none that we see, and one that finds
    another id in its file ends itself at once.
    """
    file = data / "postmaster.pid"
    lines = _lines(file)
    if not lines:
        file.unlink(missing_ok=True)
    elif not lines[0].startswith("-") and not _is_server_of(data, lines):  # those of initdb's processes stay
        # The rest stays: by it a new server knows that processes of the old one still use its memory, and waits.
        file.write_text("\n".join([NOBODYS_ID, *lines[1:], ""]))


def _lines(file: Path) -> list[str]:
    if not file.exists():
        return []
    if file.stat().st_size == 0:  # it is being written, or was when the power went
        time.sleep(UNWRITTEN_SECONDS)
    return file.read_text().splitlines()


def _is_server_of(data: Path, lines: list[str]) -> bool:
    """Return whether the process with this id is the server that wrote these lines: another may have the id by now."""
    process_id = lines[0].strip()
    if not process_id.isdecimal() or "postgres" not in _name_of(process_id):  # initdb's processes have a minus
        return False
    try:
        return Path("/proc", process_id, "cwd").samefile(data)
    except OSError:  # not ours to look at, as in a container whose root may not trace; or there is no /proc
        return _user_of(process_id) in {None, data.stat().st_uid} and _is_as_old_as(process_id, lines)


def _user_of(process_id: str) -> int | None:
    try:
        status = Path("/proc", process_id, "status").read_text()
    except OSError:
        return None
    users = next((line.split()[1:] for line in status.splitlines() if line.startswith("Uid:")), [])
    return int(users[1]) if len(users) > 1 else None


def _is_as_old_as(process_id: str, lines: list[str]) -> bool:
    """Return whether the process was started when the server says. True where that is not known."""
    try:
        since_boot = int(Path("/proc", process_id, "stat").read_text().rpartition(")")[2].split()[19])
        system = Path("/proc/stat").read_text().splitlines()
        booted = next(int(line.split()[1]) for line in system if line.startswith("btime"))
        started = booted + since_boot // os.sysconf("SC_CLK_TCK")
        return abs(started - int(lines[START_LINE])) <= START_APART_MAX_SECONDS
    except (OSError, StopIteration, IndexError, ValueError):
        return True


def _name_of(process_id: str) -> str:
    """Name the program that has this id now; empty if there is none, or it has ended and nobody has waited for it."""
    if Path("/proc/self/stat").exists():
        try:
            name, _, state = Path("/proc", process_id, "stat").read_text().rpartition(")")
        except OSError:
            return ""
    else:
        ask = ["ps", "-p", process_id, "-o", "stat=", "-o", "comm="]
        said = subprocess.run(ask, env=child_environment(), capture_output=True, text=True).stdout  # noqa: S603
        state, _, name = said.strip().partition(" ")
    return "" if state.strip()[:1] in {"", "Z", "X"} else name

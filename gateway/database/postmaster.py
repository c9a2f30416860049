"""The server's first process says in `postmaster.pid` how it is; of a dead one the file may be left."""

import subprocess
import time
from pathlib import Path
from typing import Final

from gateway.child_environment import child_environment

STATUS_LINE: Final = 7
"""Counted from 0: whether the server is starting, ready, a standby or stopping."""
UNWRITTEN_SECONDS: Final = 1
"""A server writes its id as soon as it has made the file for it."""
NOBODYS_ID: Final = str(2**31 - 2)
"""No system gives a process so high a number."""


def status_of(data: Path) -> str:
    """Read how the server of this data directory says that it is; empty if there is none, or none that we see."""
    lines = _lines(data / "postmaster.pid")
    if not lines or not _is_server_of(data, lines[0]):
        return ""
    return lines[STATUS_LINE].strip() if len(lines) > STATUS_LINE else "starting"


def is_dead(data: Path) -> bool:
    """Return whether there was a server that has not come to end as it should: its file is left."""
    lines = _lines(data / "postmaster.pid")
    return bool(lines) and not lines[0].startswith("-") and not _is_server_of(data, lines[0])


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
    elif not lines[0].startswith("-") and not _is_server_of(data, lines[0]):  # those of initdb's processes stay
        # The rest stays: by it a new server knows that processes of the old one still use its memory, and waits.
        file.write_text("\n".join([NOBODYS_ID, *lines[1:], ""]))


def _lines(file: Path) -> list[str]:
    if not file.exists():
        return []
    if file.stat().st_size == 0:  # it is being written, or was when the power went
        time.sleep(UNWRITTEN_SECONDS)
    return file.read_text().splitlines()


def _is_server_of(data: Path, process_id: str) -> bool:
    """Return whether this process is a server that works in this directory; another's may have the id by now."""
    process_id = process_id.strip()
    if not process_id.isdecimal() or "postgres" not in _name_of(process_id):  # initdb's processes have a minus
        return False
    try:
        return Path("/proc", process_id, "cwd").samefile(data)
    except OSError:  # it may not be looked at, or cannot be here: then nobody else should start on what it may have
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

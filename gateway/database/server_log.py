"""The server's log says why the server has ended or did not start, and is kept from growing for ever."""

import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from gateway.durable_files import whole_file

LOG_MAX_BYTES: Final = 10 * 1024 * 1024
"""Of a log, and of the older lines that are kept beside it."""

TAIL_BYTES: Final = 64 * 1024
"""A server that does not start says so in a few lines; callers that it turned away meanwhile add some of their own."""

DISK_FULL_BYTES: Final = 16 * 1024 * 1024
"""Less than one segment of its write-ahead log."""

LAST_WORDS: Final = re.compile(r"(?:FATAL|PANIC): +(?!the database system is |terminating connection )(.+)")
"""What ends the server, and not what a caller hears that has come too early."""


def size_of(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def cut_short(log: Path) -> None:
    """Move the newest lines of a log that is too long to `log.1`, and go on with an empty one.

    The server need not know: it appends. What it writes in the moment between is lost, and on a full disk all of it.
    The directory belongs to the server's user: only a file of that user's is touched.
    """
    if size_of(log) <= LOG_MAX_BYTES:
        return
    with suppress(OSError), open(os.open(log, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC), "r+b") as file:
        entry = os.fstat(file.fileno())
        is_its = entry.st_uid == log.parent.stat().st_uid and entry.st_nlink == 1
        if not stat.S_ISREG(entry.st_mode) or not is_its:
            return
        with suppress(OSError):
            _keep_newest(file, entry, log.with_name(f"{log.name}.1"))
        file.truncate(0)


def _keep_newest(file: BinaryIO, entry: os.stat_result, kept: Path) -> None:
    for left in kept.parent.glob(f"{kept.name}.new-*"):  # by a process that was killed in this
        left.unlink()
    file.seek(entry.st_size - LOG_MAX_BYTES)
    file.readline()
    with whole_file(kept) as new, new.open("wb") as copy:
        shutil.copyfileobj(file, copy)
        os.fchown(copy.fileno(), entry.st_uid, entry.st_gid)


def last_words(log: Path, since: int) -> str:
    """Return why the server has ended, of what it has written from this byte on; empty if it did not come to say it."""
    try:
        with log.open("rb") as file:
            size = size_of(log)
            file.seek(max(since if since <= size else 0, size - TAIL_BYTES))
            found = LAST_WORDS.findall(file.read().decode(errors="replace"))
    except OSError:
        return ""
    return found[-1].strip() if found else ""


def first_error(said: str) -> str:
    """Return the line of a program's that says why: what follows the first error is mostly about tidying up."""
    lines = said.strip().splitlines() or ["no reason was given"]
    return next((line for line in lines if "error: " in line or "FATAL: " in line), lines[-1]).strip()


def disk_is_full(directory: Path) -> bool:
    """Return whether that may be why; such a server can often not write why."""
    try:
        return shutil.disk_usage(directory).free < DISK_FULL_BYTES
    except OSError:
        return False

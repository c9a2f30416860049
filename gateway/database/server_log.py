"""The server's log, and what its programs print, says why the server has ended or did not start."""

import re
import shutil
from pathlib import Path
from typing import Final

TAIL_BYTES: Final = 64 * 1024
"""A server that does not start says so in a few lines; callers that it turned away meanwhile add some of their own."""

DISK_FULL_BYTES: Final = 16 * 1024 * 1024
"""Less than one segment of its write-ahead log."""

LAST_WORDS: Final = re.compile(r"(?:FATAL|PANIC): +(?!the database system is |terminating connection )(.+)")
"""What ends the server, and not what a caller hears that has come too early."""


def size_of(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def last_words(log: Path, since: int) -> str:
    """Return why the server has ended, of what it has written from this byte on; empty if it did not come to say it."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, size_of(log) - TAIL_BYTES))
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

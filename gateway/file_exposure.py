"""File exposure is what others than the gateway's user can read or change of its files with secrets."""

import os
import shlex
import stat
from pathlib import Path
from typing import Final

READ: Final = stat.S_IRGRP | stat.S_IROTH
WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

OF_OTHERS: Final = READ | WRITE
"""Nobody but the owner has a secret's file."""

OF_ANYBODY: Final = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP
"""A log may be read by a group, such as that of the program that collects it."""

ROOT: Final = 0


def file_exposure(path: Path, forbidden: int = OF_OTHERS) -> list[str]:
    """Say who else can read or change a file or directory, and what to do; nothing where there is none.

    `forbidden`: which bits of its mode are too much.
    """
    try:
        entry = path.stat()
    except OSError:
        return []
    user, quoted = os.geteuid(), shlex.quote(str(path))
    if entry.st_uid not in (user, ROOT):
        return [f"{path} belongs to another user (id {entry.st_uid}): chown {user} {quoted}"]
    allowed = 0 if entry.st_uid == user else _for_our_group(entry)
    excess = entry.st_mode & forbidden & ~allowed
    if not excess:
        return []
    mode = stat.S_IMODE(entry.st_mode)
    verb = "changed" if excess & WRITE else "read"
    return [f"{path} can be {verb} by others (mode {mode:04o}): chmod {mode & ~excess:o} {quoted}"]


def _for_our_group(entry: os.stat_result) -> int:
    """Of root's file: what lets us read it is not too much."""
    return stat.S_IRGRP if entry.st_gid in {os.getegid(), *os.getgroups()} else 0

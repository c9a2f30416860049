"""The server's socket is believed in a folder that nobody but its user may change, and if that user answers there."""

import os
import shutil
import socket
import stat
import struct
import tempfile
from pathlib import Path
from typing import Final

from gateway.database.errors import EmbeddedError
from gateway.durable_files import write_whole

SOCKET: Final = ".s.PGSQL.5432"
SOCKET_PATH_MAX_BYTES: Final = 107
"""The system's limit for a unix socket."""
CONNECT_SECONDS: Final = 5
CREDENTIALS: Final = struct.Struct("3i")
"""What the system knows of the other end: process, user, group."""
SHORT_PLACES: Final = ("/tmp", "/var/tmp")  # noqa: S108 - for a folder that is made for us alone
WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


class SocketPlace:
    """Where a server has its socket: a folder beside its data, or a short one where that folder's path is too long."""

    def __init__(self, beside: Path, record: Path) -> None:
        """`record`: the file that keeps the name of the short folder, which nobody can guess."""
        self._beside = beside
        self._record = record

    @property
    def folder(self) -> Path:
        """Where the socket is, or was. Not looked at."""
        if fits(self._beside):
            return self._beside
        try:
            return Path(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:  # none was made yet
            return self._beside

    def make(self, user_id: int) -> Path:
        """Return the folder, which may still be its maker's. One that is not this user's any more is given up."""
        folder = self.folder
        if fits(self._beside):
            folder.mkdir(mode=0o700, exist_ok=True)
        elif folder == self._beside or not is_private(folder, user_id):
            self._record.parent.mkdir(exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix="tiyin-", dir=_short_place()))
            write_whole(self._record, str(folder))
        return folder

    def forget(self) -> None:
        """Remove a short folder, when no server needs it any more."""
        if not fits(self._beside) and self._record.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self._record.unlink()

    def answers(self, user_id: int) -> bool:
        """Return whether this user's server answers: a file with a process id may be left over, and the id given again.

        What is in a folder that others may change, or is another user's, is no server of ours: nothing is sent to it.
        """
        path = self.folder / SOCKET
        if not os.path.exists(path) or not is_private(self.folder, user_id):
            return False
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(CONNECT_SECONDS)
            try:
                caller.connect(str(path))
            except BlockingIOError:  # it has more callers than it can take at once
                return True
            except OSError:
                return False
            return _user_of_peer(caller) in {None, user_id}


def fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= SOCKET_PATH_MAX_BYTES and "," not in str(folder)


def is_private(folder: Path, user_id: int) -> bool:
    """Return whether this is a folder, and no link to one, that this user owns and nobody else may change."""
    try:
        entry = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(entry.st_mode) and entry.st_uid == user_id and not entry.st_mode & WRITABLE_BY_OTHERS


def _short_place() -> Path:
    """Choose where a short folder is made: nobody else may rename it there."""
    places = map(Path, (tempfile.gettempdir(), *SHORT_PLACES))
    for place in places:
        if fits(place / "tiyin-12345678") and _keeps_names(place):
            return place
    raise EmbeddedError(
        "The path of TIYIN_HOME is too long for a socket, and in no temporary directory here a folder for it is"
        " safe from others (chmod +t): set TIYIN_HOME to a shorter path"
    )


def _keeps_names(folder: Path) -> bool:
    try:
        entry = folder.stat()
    except OSError:
        return False
    is_closed = bool(entry.st_mode & stat.S_ISVTX) or not entry.st_mode & WRITABLE_BY_OTHERS
    return is_closed and entry.st_uid in {0, os.geteuid()}


def _user_of_peer(connection: socket.socket) -> int | None:
    """Ask the system who has the other end; None where it doesn't say."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    _, user_id, _ = CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, option, CREDENTIALS.size))
    return int(user_id)

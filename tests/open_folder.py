"""Folders that other users may pass: as root, PostgreSQL runs as one of them, its programs and its data stand there."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from gateway.database.cluster import binaries
from gateway.database.errors import EmbeddedError
from gateway.database.server_user import OTHER_CHECKOUT, require_way


@contextmanager
def open_folder(prefix: str = "tiyin-") -> Iterator[Path]:
    """Removed in the end. Its path is short: sockets must fit into it."""
    with TemporaryDirectory(prefix=prefix) as place:
        Path(place).chmod(0o711)
        yield Path(place)


def open_temporary_way() -> list[Path]:
    """Open what is closed on the way to PostgreSQL's programs within the temporary directory; nobody lives there.

    Returns what was opened. Raises EmbeddedError where something else is closed.
    """
    programs = binaries() / "postgres"
    try:
        require_way(programs, "PostgreSQL's programs are", OTHER_CHECKOUT)
        return []
    except EmbeddedError:
        inside = [folder for folder in programs.resolve().parents if Path(gettempdir()).resolve() in folder.parents]
        closed = [folder for folder in inside if not folder.stat().st_mode & stat.S_IXOTH]
        for folder in closed:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
        require_way(programs, "PostgreSQL's programs are", OTHER_CHECKOUT)
        return closed

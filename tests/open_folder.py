"""A temporary folder that other users may pass: as root, PostgreSQL runs as one of them and stands in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def open_folder(prefix: str = "tiyin-") -> Iterator[Path]:
    """Removed in the end. Its path is short: sockets must fit into it."""
    with TemporaryDirectory(prefix=prefix) as place:
        Path(place).chmod(0o711)
        yield Path(place)

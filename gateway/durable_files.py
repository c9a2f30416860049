"""A file or directory that is put in place whole is still there, and whole, after a power cut at any moment."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import Final

NOT_SYNCED_HERE: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM, errno.EROFS})
"""Some file systems sync no directories, and a directory above may be closed to us: then there is nothing to do."""


def sync_directory(directory: Path) -> None:
    """Have the names in a directory on the disk. Nothing else puts them there: syncing a file syncs what is in it."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in NOT_SYNCED_HERE:
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_SYNCED_HERE:
            raise
    finally:
        os.close(descriptor)


def sync_way_to(directory: Path) -> None:
    """Have the directory's own name on the disk, and that of each above it: any of them may have been made just now."""
    for above in directory.absolute().parents:
        sync_directory(above)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a new file beside, which only its owner may read. When the context has ended well it takes the path's place,
    and is on the disk; otherwise it is removed."""
    descriptor, name = mkstemp(dir=path.parent, prefix=f"{path.name}.new-")  # made with mode 0600
    try:
        yield Path(name)
        os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    sync_directory(path.parent)


def write_whole(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in place of the one before it."""
    with whole_file(path) as new:
        new.write_text(text, encoding="utf-8")


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises FileExistsError if there is one."""
    descriptor, name = mkstemp(dir=path.parent, prefix=f"{path.name}.new-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        os.link(name, path)
    finally:
        Path(name).unlink()
    sync_directory(path.parent)

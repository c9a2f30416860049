"""A disk so small that it can be filled: a file system in memory, where one may be mounted."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateway.database.server_user import identity


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "somebody-else's"

    def fill(self, leave: int = 0) -> None:
        """Until nothing more fits, but for so many bytes."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while (free := self.free() - leave) > 0:
                file.write(bytes(min(free, 1 << 20)))

    def clear(self) -> None:
        self._filler.unlink()

    def free(self) -> int:
        about = os.statvfs(self.folder)
        return about.f_bavail * about.f_frsize


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounted on a new folder that belongs to PostgreSQL's user. Skips the test, and says why, where it can't be."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tiyin-tests", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as trouble:
        pytest.skip(f"no small disk can be made here: {trouble}")
    if done.returncode != 0:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    try:
        user = identity() if os.geteuid() == 0 else {"user": os.geteuid(), "group": os.getegid()}
        os.chown(folder, user["user"], user["group"])
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)

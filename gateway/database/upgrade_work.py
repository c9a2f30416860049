"""An upgrade works in a folder beside the data, where a mark says whether all of the new database is there."""

import os
import shutil
import time
from pathlib import Path
from typing import Final

from gateway.durable_files import sync_directory, write_whole

FOLDER: Final = "postgres.upgrade"
MARK: Final = "complete"
DISCARD_TRIES: Final = 20
DISCARD_PAUSE_SECONDS: Final = 0.1


class UpgradeWork:
    """The new data directory is `postgres` in it. It takes the old one's place by two renames, the old one's first."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.folder = self.home / FOLDER
        self._mark = self.folder / MARK
        self._new = self.folder / "postgres"
        self._place = self.home / "postgres"

    @property
    def copies(self) -> Path:
        """For what is dumped: nobody else may look into it."""
        return self.folder / "copies"

    def make(self) -> None:
        """Make the folder anew. The server's user passes it."""
        self.discard()
        self.folder.mkdir(mode=0o700)
        self.folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("run", self.copies.name):
            (self.folder / name).mkdir(mode=0o700)

    def is_between_renames(self) -> bool:
        """Return whether an upgrade was killed when only its last rename was left.

        While the old database is in its place the mark says nothing: payments may have come to it since.
        """
        return self._mark.exists() and self._new.exists() and not self._place.exists()

    def put_in_place(self, kept: Path) -> None:
        """Let the new database take the old one's place. The old one becomes `kept`."""
        write_whole(self._mark, kept.name)
        os.rename(self._place, kept)
        sync_directory(self.home)
        self.finish()

    def finish(self) -> Path:
        """Do what is left after the first rename. Returns where the old database is."""
        kept = self.home / self._mark.read_text(encoding="utf-8")
        os.rename(self._new, self._place)
        sync_directory(self.home)
        self.discard()
        return kept

    def discard(self) -> None:
        """Remove all of it. A program that has outlived its caller may still write there for a moment."""
        for _ in range(DISCARD_TRIES):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(DISCARD_PAUSE_SECONDS)
        shutil.rmtree(self.folder)

"""The home directory, TIYIN_HOME, is made for its owner alone: keys and the database are in it."""

import os
from pathlib import Path
from typing import Final

MODE: Final = 0o700
MODE_OF_ROOT: Final = 0o711
"""Root's embedded server runs as another user, which has to pass; nobody can list it."""


def make_home(home: Path) -> None:
    """Make it unless it is there; one that is there stays as it is."""
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=MODE_OF_ROOT if os.geteuid() == 0 else MODE, exist_ok=True)

"""The home directory, TIYIN_HOME, is made for its owner alone: keys and the database are in it."""

import os
import stat
from pathlib import Path
from typing import Final

MODE: Final = 0o700
MODE_OF_ROOT: Final = 0o701
"""Root's embedded server runs as another user, which has to pass; nobody can list it."""


def make_home(home: Path) -> None:
    """Make it, and those above that lack; what is there stays as it is."""
    is_root = os.geteuid() == 0
    missing = [folder for folder in (home.absolute(), *home.absolute().parents) if not folder.exists()]
    home.parent.mkdir(parents=True, exist_ok=True)
    home.mkdir(mode=MODE_OF_ROOT if is_root else MODE, exist_ok=True)
    for folder in missing if is_root else ():
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:  # the umask has taken it away
            folder.chmod(mode | stat.S_IXOTH)

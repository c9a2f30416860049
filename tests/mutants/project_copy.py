"""A copy of the project, of the files that git knows, to be changed and thrown away."""

import shutil
import subprocess
from pathlib import Path

from tests.mutants.mutant import ROOT


def copy_project(copy: Path) -> None:
    tracked = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)

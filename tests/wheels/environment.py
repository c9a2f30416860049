"""Wheels of the two projects, and virtual environments away from the checkout that they are installed into."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CONSTRAINTS: Final = ROOT / "constraints.txt"
LOCKED: Final = ROOT / "requirements" / "serve.txt"
PROJECTS: Final = {"tiyin": ROOT, "tiyin_sandbox": ROOT / "sandbox"}
SECONDS: Final = 300
"""How long one command may take; a registry may be slow."""


def files_of_git(*paths: str) -> list[str]:
    """The project's files, with those that are not committed yet and without what is ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({name for name in listed.split("\0") if (ROOT / name).is_file()})


class Wheels:
    """Built from a copy of the project's files: what else lies about in the checkout gets into no wheel."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder / "wheels"
        copy = folder / "source"
        for name in files_of_git():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        sources = [str(copy / PROJECTS[name].relative_to(ROOT)) for name in names or PROJECTS]
        run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(self.folder), *sources])

    def __getitem__(self, name: str) -> Path:
        (wheel,) = self.folder.glob(f"{name}-*.whl")
        return wheel

    def files(self, name: str) -> set[str]:
        with zipfile.ZipFile(self[name]) as archive:
            return set(archive.namelist())


class Environment:
    """A virtual environment, and an empty directory that its programs run in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.elsewhere = folder, folder.with_name(f"{folder.name}-elsewhere")
        self.elsewhere.mkdir(parents=True)
        run([sys.executable, "-m", "venv", str(folder)])

    def install(self, *requirements: str) -> None:
        run([self.program("pip"), "install", "--quiet", "--constraint", str(CONSTRAINTS), *requirements])

    def install_locked(self, *wheels: Path) -> None:
        """As the README says to install it for real."""
        run([self.program("pip"), "install", "--quiet", "--require-hashes", "--requirement", str(LOCKED)])
        run([self.program("pip"), "install", "--quiet", "--no-deps", *map(str, wheels)])

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    @cached_property
    def site_packages(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def runs(self, name: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, with nothing in its own environment but what is given."""
        command = [self.program(name), *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.elsewhere, env=self.environ(environ), capture_output=True, text=True, timeout=SECONDS
        )

    def environ(self, names: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "COLUMNS": "120", **names}


def run(command: list[str]) -> None:
    """pip or venv: what it said is shown when it fails."""
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr

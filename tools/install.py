"""Installs with pip and says what it is doing: one moving line on a terminal, a line for each package elsewhere.

.venv/bin/python tools/install.py ARGUMENTS OF PIP INSTALL
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

COLLECTING: Final = re.compile(r"(?:Collecting|Obtaining|Processing) (?:\S*/)?([A-Za-z][\w.]*(?:-(?!\d)[\w.]+)*)")
"""A name, with neither the directory nor the version of a file."""
LAST_LINES: Final = 20
"""Of pip's own output, shown when it fails."""


class Progress:
    """What is shown while pip works."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._moving, self._packages, self._width = out, out.isatty(), 0, 0

    def hears(self, line: str) -> None:
        """A line of pip's output."""
        if found := COLLECTING.match(line):
            self._packages += 1
            self._show(f"{self._packages:3} {found[1]}")
        elif line.startswith("Installing collected packages"):
            self._show(f"    unpacking {line.count(',') + 1} packages")

    def ends(self, text: str) -> None:
        self._show(text)
        self._out.write("\n" if self._moving else "")

    def _show(self, text: str) -> None:
        if self._moving:
            self._out.write(f"\r{text:<{self._width}}")
            self._width = len(text)
        else:
            self._out.write(text + "\n")
        self._out.flush()


def install(arguments: list[str], out: TextIO) -> int:
    """pip's exit status. Only a failure shows what pip said."""
    began = time.monotonic()
    progress, lines = Progress(out), []
    command = [sys.executable, "-u", "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar=off"]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:  # noqa: S603
        for line in _lines(pip.stdout):
            lines.append(line)
            progress.hears(line)
    if pip.returncode:
        progress.ends("pip could not install it:")
        out.write("\n".join(lines[-LAST_LINES:]) + "\n")
    else:
        progress.ends(f"    installed in {time.monotonic() - began:.0f} s")
    return pip.returncode


def _lines(out: Iterable[str] | None) -> Iterator[str]:
    for line in out or ():
        yield line.rstrip("\n")


if __name__ == "__main__":
    sys.exit(install(sys.argv[1:], sys.stdout))

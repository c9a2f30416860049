"""Installs with pip and says what it is doing: one moving line on a terminal, a line for each package elsewhere.

.venv/bin/python tools/install.py [--locked FILE] ARGUMENTS OF PIP INSTALL

With a file of versions and hashes, others' packages are taken from it first, and nothing that is not in it; then the
arguments are installed by themselves.
"""

import argparse
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
OTHER_FILES: Final = "DO NOT MATCH THE HASHES"
"""In pip's words."""
OTHER_FILES_HINT: Final = (
    "What came is not what was locked, and was not installed. Where your package index builds its files itself, install"
    " without hashes: `pip install -c constraints.txt`. Otherwise somebody has changed them: ask who runs the index."
)


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
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in _lines(pip.stdout):
            lines.append(line)
            progress.hears(line)
    if pip.returncode:
        progress.ends("pip could not install it:")
        out.write("\n".join(lines[-LAST_LINES:]) + "\n")
        if any(OTHER_FILES in line for line in lines):
            out.write(OTHER_FILES_HINT + "\n")
    else:
        progress.ends(f"    installed in {time.monotonic() - began:.0f} s")
    return pip.returncode


def _lines(out: Iterable[str] | None) -> Iterator[str]:
    for line in out or ():
        yield line.rstrip("\n")


def main(arguments: list[str], out: TextIO) -> int:
    parser = argparse.ArgumentParser(prog="tools/install.py", add_help=False)
    parser.add_argument("--locked")
    options, of_pip = parser.parse_known_args(arguments)
    if options.locked is None:
        return install(of_pip, out)
    # What builds our own packages is locked as well: pip would fetch it unseen for an environment of the build's own.
    return install(["--require-hashes", "--requirement", options.locked], out) or install(
        ["--no-deps", "--no-build-isolation", *of_pip], out
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))

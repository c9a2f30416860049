"""The last release is the newest line of RELEASES whose commit comes before this one in the history."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = "RELEASES"
"""A line for each release, oldest first: its version and its commit. `#` begins a comment."""

WHOLE_HISTORY: Final = "fetch the whole history (git fetch --unshallow)"


class Release(NamedTuple):
    version: str
    commit: str


class NoReleaseError(Exception):
    """There is nothing to be tested; the text says why, and goes on in a sentence."""


def last_release(root: Path) -> Release:
    """Of the repository at `root`. Raises NoReleaseError; ValueError where RELEASES cannot be read, or is wrong."""
    releases = list(_releases(root))
    if not releases:
        raise NoReleaseError("no release has been cut yet")
    head = _here(root)
    shallow = _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"
    for release in reversed(releases):
        if not git(root, "cat-file", "-e", f"{release.commit}^{{commit}}"):
            if not shallow:  # whoever wrote it there made a mistake, and the tests would never be run again
                named = f"{FILE} names {release.commit} for release {release.version}"
                raise ValueError(f"{named}: there is no such commit.")
            raise NoReleaseError(f"the commit of release {release.version} is not in this clone: {WHOLE_HISTORY}")
        if release.commit != head and git(root, "merge-base", "--is-ancestor", release.commit, "HEAD"):
            return release
    if shallow:
        raise NoReleaseError(f"the history of this clone does not reach back to a release: {WHOLE_HISTORY}")
    raise NoReleaseError(f"no commit that {FILE} names comes before this one")


def git(root: Path, *arguments: str) -> bool:
    """Whether git has done it. Raises NoReleaseError where there is no git."""
    return _git(root, *arguments).returncode == 0


def _releases(root: Path) -> Iterator[Release]:
    path = root / FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if words and len(words) != 2:
            raise ValueError(f"{FILE}, line {number}: a release is a version and a commit, and no more.")
        if words:
            yield Release(*words)


def _here(root: Path) -> str:
    found = _git(root, "rev-parse", "--verify", "HEAD^{commit}")
    if found.returncode != 0:
        raise NoReleaseError(f"git knows no history here ({found.stderr.strip().splitlines()[-1]})")
    return found.stdout.strip()


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # In CI root works in another user's checkout.
    command = ["git", "-c", f"safe.directory={root.resolve()}", *arguments]
    try:
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NoReleaseError("there is no git here to get the release with") from None

"""The last release's own protocol tests are run on the newest schema, among rows of all its words.

`python -m tests.last_release.run`: exit status 0 if they pass, or if there is no release to run them of; that is said.
What an older gateway does with a newer database is what a rollback would meet.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway.database import embedded
from schema.later_words import LATER_WORDS
from tests.last_release.newest import Newest, write_newest
from tests.last_release.release import NoReleaseError, Release, git, last_release
from tests.last_release.vocabulary import vocabularies
from tests.open_folder import open_folder

ROOT: Final = Path(__file__).parents[2]

OURS: Final = ("GIT_", "MAKE", "MFLAGS", "PYTHON", "TIYIN_", "DATABASE_URL", "VIRTUAL_ENV")
"""Variables that say something of this checkout begin like this: the release's own shall not hear it."""

STOP_SECONDS: Final = 30
"""In which interrupted tests end."""


def main() -> int:
    try:
        release = last_release(ROOT)
    except NoReleaseError as none:
        _say(f"The last release's tests were not run: {none}.")
        return 0
    except ValueError as error:
        _say(str(error))
        return 1
    with embedded.sigterm_exits(), open_folder("tiyin-last-") as place, checkout(release, place / "tree") as tree:
        stored = {word for words in vocabularies().values() for word in words}
        left_out = spared_words(tree, stored.intersection(map(str, LATER_WORDS)))
        if left_out:
            _say(f"Left out of the rows, for this commit only reads them: {', '.join(left_out)}.")
        _say(f"The protocol tests of release {release.version} on the schema of this commit:")
        status = run_tests(tree, write_newest(place, left_out))
    says = "runs on" if status == 0 else "does not run on"
    _say(f"Release {release.version} {says} the schema of this commit.")
    return status


@contextmanager
def checkout(release: Release, tree: Path) -> Iterator[Path]:
    """The release as it was; in the end nothing is left of it, here or in the repository."""
    if not git(ROOT, "worktree", "add", "--detach", str(tree), release.commit):
        raise SystemExit(f"git could not check out {release.commit}, release {release.version}, into {tree}.")
    try:
        yield tree
    finally:
        git(ROOT, "worktree", "remove", "--force", str(tree))
        git(ROOT, "worktree", "prune")


def spared_words(tree: Path, only_read: Collection[str]) -> list[str]:
    """Words that the release doesn't know and need not, for nothing writes them yet."""
    steps = "".join(path.read_text(encoding="utf-8") for path in tree.glob("schema/migrations/versions/*.py"))
    return sorted(word for word in only_read if f"'{word}'" not in steps)


def run_tests(tree: Path, newest: Newest) -> int:
    """By the release's own Makefile, in an environment of its own. Returns the exit status."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    files = {"TIYIN_TEST_SCHEMA": str(newest.schema), "TIYIN_TEST_ROWS": str(newest.rows)}
    command = ["make", "--no-print-directory", "test-protocols"]
    place = {"TMPDIR": str(tree.parent)}  # so that it is known where their servers are
    tests = subprocess.Popen(command, cwd=tree, env=theirs | files | place, start_new_session=True)
    try:
        return tests.wait()
    except BaseException:
        _stop(tests)
        for home in tree.parent.glob("tiyin-tests-*"):
            embedded.stop(home, force=True)
        raise


def _stop(tests: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C at a terminal does. Test processes end by it, and some leave their servers."""
    try:
        os.killpg(tests.pid, signal.SIGINT)
        tests.wait(STOP_SECONDS)
        os.killpg(tests.pid, signal.SIGKILL)  # make may be gone before them
    except subprocess.TimeoutExpired:
        os.killpg(tests.pid, signal.SIGKILL)
        tests.wait()
    except ProcessLookupError:
        pass


def _say(sentence: str) -> None:
    """Before what the tests print, though the output is a file."""
    print(sentence, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

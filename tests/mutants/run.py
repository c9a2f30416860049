"""Makes one mutant after another in a copy of the project and sees whether the test that is named for it turns red.

`python -m tests.mutants.run [WORD …]`: all of them, or those whose name has one of the words. Exit status 1 if a mutant
survived, or its test could not be run.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from time import monotonic

from tests.mutants.mutant import MUTANTS, Mutant
from tests.mutants.project_copy import copy_project

PROCESSES = 2
TIMEOUT_SECONDS = 600
VERDICTS = {0: "SURVIVED", 1: "caught"}
"""By pytest's exit status."""


def main(words: Sequence[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    with copies() as free, ThreadPoolExecutor(PROCESSES) as pool:
        verdicts = list(pool.map(lambda mutant: judge(mutant, free), chosen))
    caught = verdicts.count("caught")
    print(f"{caught} of {len(chosen)} mutants were caught.")  # noqa: T201
    return 0 if chosen and caught == len(chosen) else 1


@contextmanager
def copies() -> Iterator["Queue[Path]"]:
    """As many copies of the project as are worked on together."""
    free: Queue[Path] = Queue()
    with tempfile.TemporaryDirectory(prefix="tiyin-mutants-") as folder:
        for number in range(PROCESSES):
            copy = Path(folder) / str(number)
            copy_project(copy)
            free.put(copy)
        yield free


def judge(mutant: Mutant, free: "Queue[Path]") -> str:
    copy = free.get()
    began = monotonic()
    try:
        with made(mutant, copy):
            done = run(mutant, copy)
    except subprocess.TimeoutExpired as late:
        done = subprocess.CompletedProcess(late.cmd, returncode=-1, stdout=str(late))
    finally:
        free.put(copy)
    verdict = VERDICTS.get(done.returncode, "NOT RUN")
    print(f"{verdict:8} {monotonic() - began:4.0f} s  {mutant.name}  ({mutant.test})", flush=True)  # noqa: T201
    if verdict != "caught":
        print("\n".join(done.stdout.splitlines()[-15:]), flush=True)  # noqa: T201
    return verdict


@contextmanager
def made(mutant: Mutant, copy: Path) -> Iterator[None]:
    sound = {change.file: (copy / change.file).read_text(encoding="utf-8") for change in mutant.changes}
    try:
        for file, text in mutant.texts(copy).items():
            (copy / file).write_text(text, encoding="utf-8")
        yield
    finally:
        for file, text in sound.items():
            (copy / file).write_text(text, encoding="utf-8")


def run(mutant: Mutant, copy: Path) -> "subprocess.CompletedProcess[str]":
    """The copy's own code, whatever is installed: it stands first on the path of every process."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.test.split()]
    path = os.pathsep.join((str(copy), str(copy / "sandbox" / "src")))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command,
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

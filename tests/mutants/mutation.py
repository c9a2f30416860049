"""Changes every function of core/domain by rule and sees whether the pure tests notice: `make mutation`.

mutmut makes the changes and runs `tests/core/domain` for each, in a copy of the project (`[mutmut]` in setup.cfg).
Prints each survivor and the score; exit status 1 if the score is under `SCORE_MIN_PERCENT`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.mutants.project_copy import copy_project

PROCESSES: Final = 2
SCORE_MIN_PERCENT: Final = 90
HISTORIES: Final = 200
"""Of the simulation, for each mutant: a second's worth in which every answer and refusal comes up."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="tiyin-mutation-") as folder:
        copy_project(Path(folder))
        _mutmut(folder, "run", "--max-children", str(PROCESSES))
        for name in _survivors(folder):
            print(_change(folder, name), flush=True)  # noqa: T201
        _mutmut(folder, "export-cicd-stats")
        stats = json.loads((Path(folder) / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    missed = stats["survived"] + stats["no_tests"]
    caught = stats["total"] - missed
    score = 100 * caught / stats["total"]
    print(f"{caught} of {stats['total']} mutants were caught: {score:.1f} %.")  # noqa: T201
    return 0 if score >= SCORE_MIN_PERCENT else 1


def _survivors(folder: str) -> list[str]:
    lines = _mutmut(folder, "results").splitlines()
    return [line.split(":")[0].strip() for line in lines if ": survived" in line or ": no tests" in line]


def _change(folder: str, name: str) -> str:
    """The mutant's name and what it changes, without the diff's head and surroundings."""
    lines = _mutmut(folder, "show", name).splitlines()
    changed = [line for line in lines if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]
    return "\n".join([f"SURVIVED {name}", *changed])


def _mutmut(folder: str, *arguments: str) -> str:
    # The zone stands in the environment from the beginning: a process that is forked later no longer looks.
    environment = {"TZ": "Asia/Tashkent", **os.environ, "TIYIN_HISTORIES": str(HISTORIES)}
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-3000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

"""The environment of a process that tests start: nothing of ours in it, but for what lets coverage measure it and the
mutants' copy of the project be found."""

import os

KEPT = ("PATH", "PYTHONPATH")


def bare_environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name in KEPT or name.startswith("COVERAGE_PROCESS_")}

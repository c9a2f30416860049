"""The environment of a process that tests start: nothing of ours in it, but for what lets coverage measure it."""

import os


def bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith("COVERAGE_PROCESS_")}

"""Both load clients for the tests: that in C is built with what the compiler can check, while it runs, too."""

import subprocess
from functools import partial
from pathlib import Path

import pytest

from bench import c_client
from bench.client import RunClient
from bench.load import Load
from bench.plan import Figures, Plan

CHECKED = (
    *("-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
LEAST = "#include <sys/epoll.h>\nint main(void) { return epoll_create1(0) < 0; }\n"


def lacking(folder: Path) -> str:
    """Why nothing can be built like this here, whatever it is; empty if it can."""
    source = folder / "least.c"
    source.write_text(LEAST)
    try:
        command = [c_client.COMPILER, *CHECKED, "-o", str(folder / "least"), str(source)]
        built = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        return f"{c_client.COMPILER}: {error.strerror}"
    return built.stderr.strip()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client in C; any misuse of memory, and any behaviour that C leaves undefined, ends it with an error."""
    folder = tmp_path_factory.mktemp("load-client")
    if why := lacking(folder):
        pytest.skip(f"no C compiler with sanitizers: {why[:200]}")
    return c_client.build(folder, *CHECKED)


async def within(plan: Plan) -> Figures:
    """The test's own process is the client's as well."""
    return await Load(plan).play()


@pytest.fixture(params=["Python", "C"])
def run_client(request: pytest.FixtureRequest) -> RunClient:
    if request.param == "Python":
        return within
    return partial(c_client.run, request.getfixturevalue("program"))

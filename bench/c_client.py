"""Builds the load client in C and runs it for one window, where this system has a C compiler.

Under more load than can be served, what the client in Python takes of the cores is missing where it is measured.
"""

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from bench import client
from bench.client import FAILED, RunClient
from bench.plan import Figures, Plan
from bench.processes import cpu_seconds

SOURCES: Final = Path(__file__).parent / "load_client"
COMPILER: Final = "cc"
OPTIONS: Final = ("-std=gnu11", "-O2")
LINE_END: Final = "\n"
MOMENTS: Final = (b"begin\n", b"end\n")
"""Lines that the client writes when the window begins and ends; the last line is the figures."""


class BuildError(Exception):
    """The text says why there is no load client in C."""


@dataclass(frozen=True, slots=True)
class Client:
    name: str
    """As a report has it: figures of one client are not compared with those of another."""
    run: RunClient


@contextmanager
def lean_client() -> Iterator[Client]:
    """The client in C, built for the moment; the one in Python where that cannot be."""
    with tempfile.TemporaryDirectory(prefix="tiyin-load-client-") as folder:
        try:
            program = build(Path(folder))
        except BuildError as error:
            yield Client(f"in Python ({error})", client.run)
        else:
            yield Client("in C", partial(run, program))


def build(folder: Path, *options: str) -> Path:
    """The program. `options`: for the compiler, beside those that are always given."""
    program = folder / "load-client"
    command = [COMPILER, *OPTIONS, *options, "-o", str(program), *map(str, sorted(SOURCES.glob("*.c")))]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError:
        raise BuildError(f"there is no {COMPILER} here") from None
    if done.returncode != 0:
        raise BuildError(f"{COMPILER} failed: {done.stderr.strip().partition(LINE_END)[0][:200]}")
    return program


async def run(program: Path, plan: Plan) -> Figures:
    process = await asyncio.create_subprocess_exec(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(plan.dump())
    process.stdin.close()
    cpu: list[Mapping[str, float]] = []
    said = b""
    async for said in process.stdout:
        if said in MOMENTS:
            cpu.append({name: cpu_seconds(pid) for name, pid in plan.watched.items()})
    if await process.wait() != 0:
        raise SystemExit(FAILED)
    begin, end = cpu
    figures = Figures.read(said)
    requests = max(figures.requests, 1)
    return replace(figures, us_per_request={name: round((end[name] - begin[name]) / requests * 1e6, 1) for name in end})

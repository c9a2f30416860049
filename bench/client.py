"""Runs the load client for one window."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from bench.plan import Figures, Plan

RunClient = Callable[[Plan], Awaitable[Figures]]
"""One of the load clients: that in Python, which knows every life, or that in C (`bench.c_client`)."""

FAILED: Final = "The load client failed; see above."


async def run(plan: Plan) -> Figures:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load"),
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate(plan.dump())
    if process.returncode != 0:
        raise SystemExit(FAILED)
    return Figures.read(output)

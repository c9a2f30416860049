"""Runs the load client for one window."""

import asyncio
import subprocess
import sys
from pathlib import Path

from bench.plan import Figures, Plan


async def run(plan: Plan) -> Figures:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load"),
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate(plan.dump())
    if process.returncode != 0:
        raise SystemExit("The load client failed; see above.")
    return Figures.read(output)

"""How long `tiyin audit` takes: the whole program, as an operator or a timer starts it."""

import os
import subprocess
import time
from pathlib import Path

from bench.servers import PROGRAM, settings


def measure(database_url: str, folder: Path) -> float:
    """Seconds. Every invariant has to hold."""
    environment = {"PATH": os.environ["PATH"], **settings(database_url, folder)}
    began = time.perf_counter()
    done = subprocess.run([PROGRAM, "audit", "--json"], env=environment, cwd=folder, capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"`tiyin audit` has ended with status {done.returncode}: {done.stdout}{done.stderr}")
    return took

"""What processes cost: CPU and memory of a process with its descendants, as Linux counts them."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Of the process and its descendants, those included that have ended."""
    stats = {int(place.name): found for place in PROC.glob("[0-9]*") if (found := _stat(place))}
    children: dict[int, list[int]] = defaultdict(list)
    for process, fields in stats.items():
        children[int(fields[1])].append(process)
    ticks, left = 0, [pid]
    while left:
        process = left.pop()
        left += children[process]
        # utime, stime, and those of children that have ended and were waited for
        ticks += sum(int(field) for field in stats[process][11:15]) if process in stats else 0
    return ticks / TICKS


def _stat(place: Path) -> list[str]:
    """The fields behind the program's name, which may hold anything; nothing if the process is gone."""
    try:
        return (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def resident(pid: int) -> int:
    """Bytes of memory in use now."""
    return _bytes(pid, "VmRSS")


def most_resident(pid: int) -> int:
    """The most bytes of memory that were in use since `forget_most_resident`."""
    return _bytes(pid, "VmHWM")


def forget_most_resident(pid: int) -> None:
    (PROC / str(pid) / "clear_refs").write_text("5")


def _bytes(pid: int, name: str) -> int:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))

"""The practical limit: the same calls as the least SQL that does the work, driven by pgbench."""

import asyncio
import re
import subprocess
from pathlib import Path
from statistics import mean
from typing import Final

from bench.orders import Orders
from bench.plan import Figures
from bench.postgres import Cluster
from bench.processes import cpu_seconds
from core.db.engine import PLANNER_SETTINGS

HERE: Final = Path(__file__).parent
DATABASE: Final = "limit_of_it"
CALLS: Final = 4
"""Of a life."""

PROGRESS: Final = re.compile(r"progress: [0-9.]+ s, ([0-9.]+) tps")

# The planner gets the gateway's settings, for the same reason: the tables are empty when it plans.
PLANNER: Final = [f"ALTER DATABASE {DATABASE} SET {name} = {value}" for name, value in PLANNER_SETTINGS.items()]

PAID: Final = "SELECT count(*) FROM payments WHERE state = 'paid'"
LAST_TOUCHED: Final = "SELECT coalesce(max(order_id), 0) FROM payments"


class Limit:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._orders = Orders(cluster, DATABASE)

    async def prepare(self) -> None:
        await self._cluster.create(DATABASE)
        await self._cluster.execute(DATABASE, (HERE / "limit.sql").read_text(), *PLANNER)

    async def run(self, clients: int, seconds: float) -> Figures:
        """The first second does not count: every connection plans its statements then."""
        whole = max(1, round(seconds)) + 1
        first, _ = await self._orders.for_seconds(whole)
        paid, pid = await self._orders.ask(PAID), self._cluster.pid
        cpu = -cpu_seconds(pid)
        said = await self._pgbench(
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--time={whole}", "--progress=1"),
            *(f"--define=first={first}", f"--define=clients={clients}", "--define=n=0"),
            f"--file={HERE / 'limit_life.sql'}",
        )
        cpu += cpu_seconds(pid)
        lives = await self._orders.ask(PAID) - paid
        figures = Figures(
            seconds=whole,
            lives=lives,
            lives_per_second=round(mean(map(float, PROGRESS.findall(said)[1:] or [lives / whole])), 1),
            requests=lives * CALLS,
            orders_used=max(0, await self._orders.ask(LAST_TOUCHED) - first + 1),
            us_per_request={"database": round(cpu / max(1, lives * CALLS) * 1e6, 1)},
        )
        self._orders.were_used(figures)
        return figures

    async def _pgbench(self, *arguments: str) -> str:
        """What it says. A life that goes wrong ends it."""
        process = await asyncio.create_subprocess_exec(
            str(self._cluster.programs / "pgbench"),
            *(f"--host={self._cluster.folder}", "--username=postgres", *arguments, DATABASE),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = (await process.communicate())[0].decode()
        if process.returncode != 0:
            raise SystemExit(f"pgbench failed:\n{said[-2000:]}")
        return said

"""What is measured: the gateway under this load or that, each as a window that can be opened again and again."""

from typing import Final, Protocol

from bench import client
from bench.client import RunClient
from bench.plan import Figures, Plan
from bench.postgres import Cluster
from bench.rounds import Window
from bench.servers import CLICK, CLICK_SECRET, PAYME, PAYME_KEY, Served

UNLIMITED: Final = 100_000_000
"""More orders than a window could use up."""


class OrderSource(Protocol):
    """Where a window's orders come from."""

    async def for_seconds(self, seconds: float, rate: float | None = None) -> tuple[int, int]: ...

    def were_used(self, figures: Figures) -> None: ...


class Gateway:
    """One that runs, with its own database."""

    def __init__(
        self,
        served: Served,
        cluster: Cluster,
        orders: OrderSource,
        worker: Served | None = None,
        run_client: RunClient = client.run,
    ) -> None:
        """`worker`: the one that sends its events, if there is one."""
        self.served = served
        self._run_client = run_client
        self._watched = {"server": served.pid, "database": cluster.pid}
        if worker is not None:
            self._watched["worker"] = worker.pid
        self._orders = orders

    def window(self, payers: int, seconds: float, *, life: str = "paid", rate: float = 0.0) -> Window:
        async def run() -> Figures:
            return await self.run(payers, seconds, life=life, rate=rate)

        return run

    async def run(self, payers: int, seconds: float, *, life: str = "paid", rate: float = 0.0) -> Figures:
        warmup = min(1.0, seconds)
        first, count = await self._orders.for_seconds(seconds + warmup, 1.2 * rate or None)
        path, secret = (CLICK, CLICK_SECRET) if life == "click" else (PAYME, PAYME_KEY)
        plan = Plan(
            life, self.served.port, path, secret, first, count, payers, seconds, warmup, rate, watched=self._watched
        )
        figures = await self._run_client(plan)
        self._orders.were_used(figures)
        return figures


def bare(served: Served, payers: int, seconds: float, run_client: RunClient) -> Window:
    """The echo, which has no orders that could be used up."""

    async def run() -> Figures:
        plan = Plan("echoed", served.port, "/", "-", 1, UNLIMITED, payers, seconds, watched={"server": served.pid})
        return await run_client(plan)

    return run

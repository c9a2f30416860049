"""`make bench-peers`: other packages under the same load, on the same PostgreSQL, in turn with the gateway.

python -m bench.peers [--rounds N] [--seconds S]
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final

from rich.table import Table

from bench import client, packages, races, servers
from bench.audit import disagreements
from bench.goals import TIMES_A_PEER, Goal, at_least
from bench.machine import describe
from bench.orders import Orders
from bench.packages import PACKAGES, Package
from bench.plan import Figures, Plan
from bench.postgres import Cluster, fresh_cluster
from bench.races import Target
from bench.results import Result
from bench.rounds import Measured, Window, faults, in_turn, lives_per_second, middle, ratio
from bench.servers import PAYME, PAYME_KEY, Served
from bench.subjects import Gateway
from bench.tables import conclude, console

DATABASE: Final = "tiyin"
GATEWAY: Final = "tiyin"
PROCESSES: Final = 2
"""Of the gateway; each of the packages is served by two as well."""

PAYERS: Final = (8, 64)
"""Eight is as many as the packages serve at a time; with 64 the gateway is compared. What is better for them counts."""

ORDERS_FOR_RACES: Final = len(races.RACES) * races.ORDERS_EACH

Wrong = Mapping[str, Mapping[str, int]]
"""By subject and treatment."""


class Peer:
    """A package that is served; its orders are numbered from 1 on."""

    def __init__(self, package: Package, served: Served, cluster: Cluster) -> None:
        self._package, self._served = package, served
        self._watched = {"server": served.pid, "database": cluster.pid}
        self._next = 1 + ORDERS_FOR_RACES

    @property
    def target(self) -> Target:
        url = f"http://127.0.0.1:{self._served.port}{self._package.path}"
        return Target(url, packages.KEY, self._package.account)

    def window(self, payers: int, seconds: float) -> Window:
        async def run() -> Figures:
            plan = Plan(
                "paid as others answer",
                self._served.port,
                self._package.path,
                packages.KEY,
                self._next,
                packages.ORDERS - self._next,
                payers,
                seconds,
                account=self._package.account,
                watched=self._watched,
            )
            figures = await client.run(plan)
            self._next += figures.orders_used
            return figures

        return run


async def compare(cluster: Cluster, rounds: int, seconds: float) -> tuple[Result, list[str]]:
    machine, database = describe(cluster.folder), await cluster.settings()
    orders = Orders(cluster, DATABASE)
    await cluster.create(DATABASE)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(servers.gateway(cluster.url(DATABASE), cluster.folder, PROCESSES))
        first, _ = await orders.for_lives(ORDERS_FOR_RACES)
        targets = {GATEWAY: Target(f"http://127.0.0.1:{served.port}{PAYME}", PAYME_KEY, "order_id")}
        gateway = Gateway(served, cluster, Orders(cluster, DATABASE, first + ORDERS_FOR_RACES))
        windows = {f"{GATEWAY}, {payers}": gateway.window(payers, seconds) for payers in PAYERS}
        for package in PACKAGES:
            peer = Peer(package, await stack.enter_async_context(packages.served(package, cluster)), cluster)
            targets[package.name] = peer.target
            windows |= {f"{package.name}, {payers}": peer.window(payers, seconds) for payers in PAYERS}
        measured = await in_turn(windows, rounds)
        wrong = {name: await races.wrong_outcomes(target, first) for name, target in targets.items()}
    show_outcomes(measured, wrong)
    ours = {name: figures for name, figures in measured.items() if name.startswith(GATEWAY)}
    faulty = faults(ours) + await disagreements(orders)
    faulty += [f"{GATEWAY}: {count} orders, {how}" for how, count in wrong[GATEWAY].items() if count]
    return Result("peers", machine, database, measured, judged(measured), {"wrong outcomes": wrong}), faulty


def judged(measured: Measured) -> Sequence[Goal]:
    peers = {name: figures for name, figures in measured.items() if not name.startswith(GATEWAY)}
    best = max(peers, key=lambda name: middle(peers[name]))
    times = ratio(measured[f"{GATEWAY}, {PAYERS[-1]}"], peers[best], lives_per_second)
    return [at_least(f"lives/s with {PAYERS[-1]} payers, of the best peer's ({best})", times, TIMES_A_PEER)]


def show_outcomes(measured: Measured, wrong: Wrong) -> None:
    table = Table("orders that ended wrong", title="Outcomes")
    for column in ("under load", *(f"{name}, of {races.ORDERS_EACH}" for name in races.RACES)):
        table.add_column(column, justify="right")
    for name, treatments in wrong.items():
        windows = [figures for subject, rounds in measured.items() if subject.startswith(name) for figures in rounds]
        under_load = f"{sum(f.wrong for f in windows):,} of {sum(f.orders_used for f in windows):,}"
        table.add_row(name, under_load, *map(str, treatments.values()))
    console.print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each window")
    chosen = parser.parse_args()
    with fresh_cluster() as cluster:
        result, wrong = asyncio.run(compare(cluster, chosen.rounds, chosen.seconds))
    conclude(result, wrong)
    for name, rounds in result.measured.items():
        if not name.startswith(GATEWAY) and any(figures.wrong for figures in rounds):
            console.print(f"{name} under load: {rounds[0].wrongs[:2]}", style="dim", markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

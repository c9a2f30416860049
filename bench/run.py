"""`make bench`: the gateway with 1, 16 and 64 payers beside the practical limit and a bare server, in turn.

python -m bench.run [--rounds N] [--seconds S] [--processes N] [--no-chart]
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Final

from bench import servers
from bench.audit import disagreements
from bench.goals import LIFE_MS, SHARE_OF_LIMIT, TIMES_BARE, Goal, at_least, at_most
from bench.limit import Limit
from bench.machine import describe
from bench.orders import Orders
from bench.postgres import Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, Window, faults, gaps, in_turn, lives_per_second, middle, ratio
from bench.subjects import Gateway, bare
from bench.tables import conclude
from bench.tally import LIFE

DATABASE: Final = "tiyin"
PAYERS: Final = (1, 16, 64)
STEADY: Final = 20.0
"""Lives begun in a second at a modest rate; more than most shops ever see."""

CONNECTIONS: Final = 64
"""For those who come at a rate of their own."""

MANY: Final = PAYERS[1:]
"""Payers for whom several processes might be worth it."""

LIMITS: Final = {f"gateway, {payers}": f"limit, {payers}" for payers in PAYERS}


def limits(processes: int) -> Mapping[str, str]:
    """Whose limit is which."""
    return LIMITS | {f"{processes} processes, {payers}": f"limit, {payers}" for payers in MANY}


def subjects(gateway: Gateway, limit: Limit, echo: servers.Served, seconds: float) -> Mapping[str, Window]:
    windows: dict[str, Window] = {}
    for payers in PAYERS:
        windows[f"gateway, {payers}"] = gateway.window(payers, seconds)
        windows[f"limit, {payers}"] = lambda clients=payers: limit.run(clients, seconds)  # type: ignore[misc]
    windows["bare aiohttp, 16"] = bare(echo, 16, seconds)
    windows["Click, 16"] = gateway.window(16, seconds, life="click")
    windows[f"gateway, {STEADY:g} lives/s"] = gateway.window(CONNECTIONS, seconds, rate=STEADY)
    return windows


def with_processes(gateway: Gateway, processes: int, seconds: float) -> Mapping[str, Window]:
    return {f"{processes} processes, {payers}": gateway.window(payers, seconds) for payers in MANY}


def judged(measured: Measured) -> list[Goal]:
    sixteen, alone = measured["gateway, 16"], measured["gateway, 1"]
    return [
        at_least(
            "lives/s with 16 payers, of the limit",
            ratio(sixteen, measured["limit, 16"], lives_per_second) * 100,
            SHARE_OF_LIMIT * 100,
            "%",
        ),
        at_most("one payer alone, p50 of a life", middle(alone, lambda f: f.times[LIFE].p50), LIFE_MS, "ms"),
        at_most(
            "server CPU per call with 16 payers, of bare aiohttp's",
            ratio(sixteen, measured["bare aiohttp, 16"], lambda f: f.us_per_request["server"]),
            TIMES_BARE,
        ),
    ]


async def bench(cluster: Cluster, rounds: int, seconds: float, processes: int) -> tuple[Result, list[str]]:
    machine, database = describe(cluster.folder), await cluster.settings()
    limit, orders = Limit(cluster), Orders(cluster, DATABASE)
    await cluster.create(DATABASE)
    await limit.prepare()
    async with (
        servers.gateway(cluster.url(DATABASE), cluster.folder) as served,
        servers.gateway(cluster.url(DATABASE), cluster.folder, processes) as several,
        servers.echo(cluster.folder) as echo,
    ):
        windows = {
            **subjects(Gateway(served, cluster, orders), limit, echo, seconds),
            **with_processes(Gateway(several, cluster, orders), processes, seconds),
        }
        measured = await in_turn(windows, rounds)
    wrong = faults(measured) + gaps(measured) + await disagreements(orders)
    more = {"processes": processes, "rounds": rounds, "seconds": seconds}
    return Result("bench", machine, database, measured, judged(measured) if not wrong else [], more), wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4, help="of each window")
    parser.add_argument("--processes", type=int, default=2, help="of a gateway that is measured beside that with one")
    parser.add_argument("--no-chart", action="store_true")
    chosen = parser.parse_args()
    with fresh_cluster() as cluster:
        result, wrong = asyncio.run(bench(cluster, chosen.rounds, chosen.seconds, chosen.processes))
    path = conclude(result, wrong, limits(chosen.processes))
    if path is not None and not chosen.no_chart:
        from bench.chart import draw

        print(f"Chart: {draw(path)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

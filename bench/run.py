"""`make bench`: the gateway with 1, 16 and 64 payers beside the practical limit and a bare server, in turn.

python -m bench.run [--rounds N] [--seconds S] [--processes N] [--before PROGRAM] [--no-chart]

Who pays is the load client in C, where there is a compiler: the limit's is one in C as well, and on two cores one in
Python takes what the gateway could have used. Only Click, which is compared with nothing, has the one in Python.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench import servers
from bench.audit import disagreements
from bench.c_client import Client, lean_client
from bench.compare import serving
from bench.goals import (
    CPU_OF_RELEASE_BEFORE,
    SHARE_OF_LIMIT,
    TIMES_BARE,
    TIMES_LIMITS_LIFE,
    Goal,
    at_least,
    at_most,
)
from bench.limit import Limit
from bench.machine import describe
from bench.orders import Orders
from bench.postgres import Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, Window, faults, gaps, in_turn, lives_per_second, ratio
from bench.subjects import Gateway, bare
from bench.tables import conclude
from bench.tally import LIFE

DATABASE: Final = "tiyin"
PAYERS: Final = (1, 16, 64)
STEADY: Final = 20.0
"""Lives begun in a second at a modest rate; more than most shops ever see."""

BARE_PAYERS: Final = 16
CONNECTIONS: Final = 64
"""For those who come at a rate of their own."""

MANY: Final = PAYERS[1:]
"""Payers for whom several processes might be worth it."""

BEFORE: Final = "before"
"""The release before, and its database."""

LIMITS: Final = {f"gateway, {payers}": f"limit, {payers}" for payers in PAYERS}


def limits(processes: int) -> Mapping[str, str]:
    """Whose limit is which."""
    return LIMITS | {f"{processes} processes, {payers}": f"limit, {payers}" for payers in MANY}


def subjects(
    gateway: Gateway, through_click: Gateway, limit: Limit, bare_window: Window, seconds: float
) -> Mapping[str, Window]:
    """`through_click`: the same gateway, for the load client that knows Click."""
    windows: dict[str, Window] = {}
    for payers in PAYERS:
        windows[f"gateway, {payers}"] = gateway.window(payers, seconds)
        windows[f"limit, {payers}"] = lambda clients=payers: limit.run(clients, seconds)  # type: ignore[misc]
    windows[f"bare aiohttp, {BARE_PAYERS}"] = bare_window
    windows["Click, 16"] = through_click.window(16, seconds, life="click")
    windows[f"gateway, {STEADY:g} lives/s"] = gateway.window(CONNECTIONS, seconds, rate=STEADY)
    return windows


def for_many(name: str, gateway: Gateway, seconds: float) -> Mapping[str, Window]:
    return {f"{name}, {payers}": gateway.window(payers, seconds) for payers in MANY}


def judged(measured: Measured) -> list[Goal]:
    goals = [
        at_least(
            f"lives/s with {payers} payers, of the limit",
            ratio(measured[f"gateway, {payers}"], measured[f"limit, {payers}"], lives_per_second) * 100,
            share * 100,
            "%",
        )
        for payers, share in SHARE_OF_LIMIT.items()
    ]
    goals += [
        at_most(
            f"CPU of gateway and database for a life with {payers} payers, of the release before",
            ratio(measured[f"gateway, {payers}"], before, lambda f: f.us_per_life("server", "database")),
            share,
        )
        for payers, share in CPU_OF_RELEASE_BEFORE.items()
        if (before := measured.get(f"{BEFORE}, {payers}"))
    ]
    alone, limit = measured["gateway, 1"], measured["limit, 1"]
    return [
        *goals,
        at_most(
            "one payer alone, p50 of a life, of the limit's",
            median(f.times[LIFE].p50 * g.lives_per_second / 1000 for f, g in zip(alone, limit, strict=True)),
            TIMES_LIMITS_LIFE,
        ),
        at_most(
            f"server CPU per call with {BARE_PAYERS} payers, of bare aiohttp's",
            ratio(
                measured[f"gateway, {BARE_PAYERS}"],
                measured[f"bare aiohttp, {BARE_PAYERS}"],
                lambda f: f.us_per_request["server"],
            ),
            TIMES_BARE,
        ),
    ]


async def bench(
    cluster: Cluster, client: Client, rounds: int, seconds: float, processes: int, before: Path | None
) -> tuple[Result, list[str]]:
    """`before`: the `tiyin` of the release before."""
    machine, database = describe(cluster.folder), await cluster.settings()
    limit, orders = Limit(cluster), Orders(cluster, DATABASE)
    await cluster.create(DATABASE)
    await limit.prepare()
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(servers.gateway(cluster.url(DATABASE), cluster.folder))
        several = await stack.enter_async_context(servers.gateway(cluster.url(DATABASE), cluster.folder, processes))
        echo = await stack.enter_async_context(servers.echo(cluster.folder))
        gateway = Gateway(served, cluster, orders, run_client=client.run)
        bare_window = bare(echo, BARE_PAYERS, seconds, client.run)
        windows = {
            **subjects(gateway, Gateway(served, cluster, orders), limit, bare_window, seconds),
            **for_many(f"{processes} processes", Gateway(several, cluster, orders, run_client=client.run), seconds),
        }
        if before is not None:
            older = await stack.enter_async_context(serving(before, cluster, BEFORE))
            older_orders = Orders(cluster, BEFORE)
            windows |= for_many(BEFORE, Gateway(older, cluster, older_orders, run_client=client.run), seconds)
        measured = await in_turn(windows, rounds)
    wrong = faults(measured) + gaps(measured) + await disagreements(orders)
    more = {"load_client": client.name, "processes": processes, "rounds": rounds, "seconds": seconds}
    return Result("bench", machine, database, measured, judged(measured) if not wrong else [], more), wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4, help="of each window")
    parser.add_argument("--processes", type=int, default=2, help="of a gateway that is measured beside that with one")
    parser.add_argument("--before", type=Path, help="the `tiyin` of the release before, to be compared with")
    parser.add_argument("--no-chart", action="store_true")
    chosen = parser.parse_args()
    before = None if chosen.before is None else chosen.before.absolute()
    with fresh_cluster() as cluster, lean_client() as client:
        result, wrong = asyncio.run(bench(cluster, client, chosen.rounds, chosen.seconds, chosen.processes, before))
    print(f"The load client is {client.name}.")
    path = conclude(result, wrong, limits(chosen.processes))
    if path is not None and not chosen.no_chart:
        from bench.chart import draw

        print(f"Chart: {draw(path)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

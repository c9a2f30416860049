"""`make bench-smoke`: what `make bench`, `make bench-overload` and `make bench-outbound` measure, for a moment each.

The load client in Python is used as well, for where there is no C compiler it makes all of the load.
Fails on wrong answers, on events that are lost or come twice, never on time.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from bench import features, outbound, overload, run, servers
from bench.audit import disagreements
from bench.c_client import Client, lean_client
from bench.compare import serving
from bench.limit import Limit
from bench.orders import Orders
from bench.outbound_report import show
from bench.postgres import COMMIT_TIMES, Cluster, fresh_cluster
from bench.rounds import Measured, faults, in_turn
from bench.subjects import Gateway, bare
from bench.tables import console, show_faults, show_speed, show_times

OUTBOUND: Final = outbound.Sizes(
    rounds=1, seconds=0.4, backlog=400, delivered=10_000, waiting=1_000, saves=20, idle_seconds=0.5, tarpit_due=100
)

OVERLOAD_CONNECTIONS: Final = 200
"""More would take the system's limit of open files to be raised."""


async def smoke(cluster: Cluster, client: Client, seconds: float) -> tuple[Measured, Sequence[str]]:
    limit, orders = Limit(cluster), Orders(cluster, run.DATABASE)
    await cluster.create(run.DATABASE)
    await limit.prepare()
    async with (
        servers.gateway(cluster.url(run.DATABASE), cluster.folder) as served,
        servers.echo(cluster.folder) as echo,
        serving(servers.PROGRAM, cluster, run.BEFORE) as before,
    ):
        gateway = Gateway(served, cluster, orders, run_client=client.run)
        in_python = Gateway(served, cluster, orders)
        older = Gateway(before, cluster, Orders(cluster, run.BEFORE), run_client=client.run)
        windows = {
            **run.subjects(gateway, in_python, limit, bare(echo, run.BARE_PAYERS, seconds, client.run), seconds),
            **run.for_many(run.BEFORE, older, seconds),
            "client in Python, 16": in_python.window(16, seconds),
            "every method, 16": in_python.window(16, seconds, life="every method"),
        }
        measured = await in_turn(windows, 1)
        flooded = await overload.in_rounds(gateway, 1, seconds, overload.TIMES, OVERLOAD_CONNECTIONS)
    measured = {**measured, **flooded}
    return measured, faults(measured) + await disagreements(orders)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.smoke", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.7, help="of each window")
    seconds = parser.parse_args().seconds
    with fresh_cluster(COMMIT_TIMES) as cluster, lean_client() as client:
        measured, wrong = asyncio.run(smoke(cluster, client, seconds))
        with_events, beside, lost = asyncio.run(outbound.measure(cluster, OUTBOUND))
        all_on, wrong_with_all_on = asyncio.run(features.measure(cluster, client, 1, seconds))
    console.print(f"The load client is {client.name}.", markup=False)
    all_measured = {**measured, **with_events, **all_on}
    show_speed(all_measured, run.LIMITS)
    show_times(all_measured)
    show(beside)
    wrong = [*wrong, *lost, *wrong_with_all_on]
    show_faults(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

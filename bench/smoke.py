"""`make bench-smoke`: what `make bench` measures, for a moment each; fails on wrong answers, never on time."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench import run, servers
from bench.audit import disagreements
from bench.limit import Limit
from bench.orders import Orders
from bench.postgres import Cluster, fresh_cluster
from bench.rounds import Measured, faults, in_turn
from bench.subjects import Gateway
from bench.tables import show_faults, show_speed, show_times


async def smoke(cluster: Cluster, seconds: float) -> tuple[Measured, Sequence[str]]:
    limit, orders = Limit(cluster), Orders(cluster, run.DATABASE)
    await cluster.create(run.DATABASE)
    await limit.prepare()
    async with (
        servers.gateway(cluster.url(run.DATABASE), cluster.folder) as served,
        servers.echo(cluster.folder) as echo,
    ):
        gateway = Gateway(served, cluster, orders)
        windows = {
            **run.subjects(gateway, limit, echo, seconds),
            "every method, 16": gateway.window(16, seconds, life="every method"),
        }
        measured = await in_turn(windows, 1)
    return measured, faults(measured) + await disagreements(orders)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.smoke", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each window")
    with fresh_cluster() as cluster:
        measured, wrong = asyncio.run(smoke(cluster, parser.parse_args().seconds))
    show_speed(measured, run.LIMITS)
    show_times(measured)
    show_faults(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make bench-smoke`: what `make bench` and `make bench-outbound` measure, for a moment each.

Fails on wrong answers, on events that are lost or come twice, never on time.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from bench import outbound, run, servers
from bench.audit import disagreements
from bench.limit import Limit
from bench.orders import Orders
from bench.outbound_report import show
from bench.postgres import COMMIT_TIMES, Cluster, fresh_cluster
from bench.rounds import Measured, faults, in_turn
from bench.subjects import Gateway
from bench.tables import show_faults, show_speed, show_times

OUTBOUND: Final = outbound.Sizes(
    rounds=1, seconds=0.4, backlog=400, delivered=10_000, waiting=1_000, saves=20, idle_seconds=0.5, tarpit_due=100
)


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
    parser = argparse.ArgumentParser(prog="python -m bench.smoke", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.7, help="of each window")
    seconds = parser.parse_args().seconds
    with fresh_cluster(COMMIT_TIMES) as cluster:
        measured, wrong = asyncio.run(smoke(cluster, seconds))
        with_events, beside, lost = asyncio.run(outbound.measure(cluster, OUTBOUND))
    show_speed({**measured, **with_events}, run.LIMITS)
    show_times({**measured, **with_events})
    show(beside)
    show_faults([*wrong, *lost])
    return 1 if wrong or lost else 0


if __name__ == "__main__":
    sys.exit(main())

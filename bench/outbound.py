"""`make bench-outbound`: how fast events are sent to shops, how soon they arrive, and what payments pay for it.

python -m bench.outbound [--rounds N] [--seconds S] [--backlog N] [--delivered N]
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final

from bench import backlog, claims, history, save_time, senders, servers, tarpits
from bench.audit import disagreements
from bench.backlog import Backlog
from bench.claims import ClaimTimes
from bench.endpoints import EndpointTable
from bench.machine import describe
from bench.orders import Orders
from bench.outbound_report import (
    BACKLOG_ENDPOINTS,
    EVENTS_PER_SECOND,
    PAYERS,
    Beside,
    at_full_speed,
    at_steady_rate,
    judged,
    show,
)
from bench.postgres import COMMIT_TIMES, Cluster, fresh_cluster
from bench.processes import cpu_seconds
from bench.results import Result
from bench.rounds import Measured, Window, faults, gaps, in_turn, say
from bench.save_time import SaveTimes
from bench.senders import EMBEDDED, NO_ENDPOINT, WORKER, WORKER_ELSEWHERE
from bench.tables import conclude

SENDERS: Final = (NO_ENDPOINT, EMBEDDED, WORKER, WORKER_ELSEWHERE)
AT_STEADY_RATE: Final = (EMBEDDED, WORKER)
"""Those that are measured at a steady rate as well."""

EVENTS_OF_A_LIFE: Final = 2
CONNECTIONS: Final = 64
"""For those who come at a rate of their own."""

NO_RECEIVER: Final = 9
"""A port where nobody listens: nothing is sent there."""

BEFORE_IDLE_SECONDS: Final = 5.0
"""For what a worker does at first."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    rounds: int = 4
    seconds: float = 4.0
    """Of each window; of those at a rate twice as many."""
    backlog: int = 10_000
    delivered: int = 1_000_000
    waiting: int = 10_000
    saves: int = 500
    idle_seconds: float = 20.0
    tarpit_due: int = 2_500
    """At each of four."""


async def windows_measured(cluster: Cluster, sizes: Sizes) -> tuple[Measured, list[str]]:
    """Payments at full speed and at a steady rate, without an endpoint and with one."""
    full: dict[str, Window] = {}
    steady: dict[str, Window] = {}
    orders_of: list[Orders] = []
    rate = EVENTS_PER_SECOND / EVENTS_OF_A_LIFE
    async with AsyncExitStack() as stack:
        for name in SENDERS:
            sender = await stack.enter_async_context(senders.serving(cluster, name, name.replace(" ", "_")))
            orders_of.append(sender.orders)
            full[at_full_speed(name)] = sender.window(PAYERS, sizes.seconds)
            if name in AT_STEADY_RATE:
                steady[at_steady_rate(name)] = sender.window(CONNECTIONS, 2 * sizes.seconds, rate)
        measured = await in_turn({**full, **steady}, sizes.rounds)
    wrong = faults(measured) + gaps(measured)
    for orders in orders_of:
        wrong += await disagreements(orders)
    return measured, wrong


async def backlogs_measured(cluster: Cluster, sizes: Sizes) -> tuple[Mapping[int, Sequence[Backlog]], float]:
    """With each number of endpoints in turn; and what the worker takes when all is sent."""
    backlogs: dict[int, list[Backlog]] = {endpoints: [] for endpoints in BACKLOG_ENDPOINTS}
    name = "backlog"
    await cluster.create(name)
    await history.fill(cluster, name, sizes.backlog // EVENTS_OF_A_LIFE)
    async with (
        servers.receiver(cluster.folder) as receiver,
        servers.worker(cluster.url(name), cluster.folder) as worker,
    ):
        table = EndpointTable(cluster, name, receiver.port)
        for _ in range(sizes.rounds):
            for endpoints, found in backlogs.items():
                found.append(await backlog.measure(cluster, table, worker, endpoints))
                say(f"backlog, {endpoints} endpoints: {found[-1].per_second:,.0f} deliveries/s")
        await table.enable(await table.add(1))
        await asyncio.sleep(BEFORE_IDLE_SECONDS if sizes.idle_seconds > BEFORE_IDLE_SECONDS else 0)
        before = cpu_seconds(worker.pid)
        await asyncio.sleep(sizes.idle_seconds)
        idle = (cpu_seconds(worker.pid) - before) / sizes.idle_seconds
    return backlogs, round(idle * 100, 2)


async def save_measured(cluster: Cluster, rounds: int) -> SaveTimes:
    name = "saves"
    await cluster.create(name)
    table = EndpointTable(cluster, name, NO_RECEIVER)
    await table.enable(await table.add(1, save_time.SHOPS[0]))
    return await save_time.measure(cluster, name, rounds)


async def claims_measured(cluster: Cluster, sizes: Sizes) -> ClaimTimes:
    name = "claims"
    await cluster.create(name)
    table = EndpointTable(cluster, name, NO_RECEIVER)
    return await claims.measure(cluster, name, table, sizes.delivered, sizes.waiting)


async def measure(cluster: Cluster, sizes: Sizes) -> tuple[Measured, Beside, list[str]]:
    """Everything, and what is wrong with it."""
    measured, wrong = await windows_measured(cluster, sizes)
    backlogs, idle = await backlogs_measured(cluster, sizes)
    save = await save_measured(cluster, sizes.saves)
    say(f"save: {save.added:+.0f} µs a transition")
    claim_times = await claims_measured(cluster, sizes)
    tarpit_times, wrong_beside = await tarpits.measure(cluster, sizes.tarpit_due, 4 * sizes.seconds, EVENTS_PER_SECOND)
    wrong += wrong_beside
    wrong += [
        f"backlog, {endpoints} endpoints: {one.wrong}"
        for endpoints, ones in backlogs.items()
        for one in ones
        if one.wrong
    ]
    return measured, Beside(backlogs, idle, claim_times, save, tarpit_times), wrong


async def bench(cluster: Cluster, sizes: Sizes) -> tuple[Result, list[str]]:
    machine, settings = describe(cluster.folder), await cluster.settings()
    measured, beside, wrong = await measure(cluster, sizes)
    show(beside)
    goals = judged(measured, beside) if not wrong else []
    return Result("outbound", machine, settings, measured, goals, {**beside.as_json(), **asdict(sizes)}), wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.outbound", description=__doc__.splitlines()[0])
    usual = Sizes()
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each window")
    parser.add_argument("--backlog", type=int, default=usual.backlog, help="deliveries")
    parser.add_argument("--delivered", type=int, default=usual.delivered, help="deliveries made before, for claims")
    chosen = parser.parse_args()
    sizes = Sizes(chosen.rounds, chosen.seconds, chosen.backlog, chosen.delivered)
    with fresh_cluster(COMMIT_TIMES) as cluster:
        result, wrong = asyncio.run(bench(cluster, sizes))
    conclude(result, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

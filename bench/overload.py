"""`make bench-overload`: three times more payers than can be served, five times for half a minute.

python -m bench.overload [--rounds N] [--seconds S] [--times N]
"""

import argparse
import asyncio
import resource
import sys
from typing import Final

from bench import servers
from bench.audit import disagreements
from bench.c_client import Client, lean_client
from bench.goals import KEPT_WHEN_OVERLOADED, WORST_ANSWER_SECONDS, Goal, at_least, at_most
from bench.machine import describe
from bench.orders import Orders
from bench.plan import Figures
from bench.postgres import Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, faults, gaps, lives_per_second, ratio, say
from bench.subjects import Gateway
from bench.tables import conclude
from bench.tally import LIFE

DATABASE: Final = "tiyin"
PEAK: Final = "at its best, 64"
OVERLOAD: Final = "overload"
AFTERWARDS: Final = "afterwards, 64"
PAYERS: Final = 64
PATIENT: Final = "paid by the patient"

CONNECTIONS: Final = 6_000
"""So many call at once at most; those who find none wait, and their wait counts."""

TIMES: Final = 3.0
"""What is wanted, of what can be served."""

TRIES: Final = 3
"""Windows of each round of which the fastest is its best."""


async def in_rounds(gateway: Gateway, rounds: int, seconds: float, times: float, connections: int) -> Measured:
    """In each the overload is between its own best and its own afterwards: a machine's speed drifts."""
    measured: dict[str, list[Figures]] = {PEAK: [], OVERLOAD: [], AFTERWARDS: []}
    beside = min(seconds, max(2.0, seconds / 6))
    for number in range(1, rounds + 1):
        best = [await gateway.run(PAYERS, beside) for _ in range(TRIES)]
        peak = max(best, key=lives_per_second)
        rate = times * max(1.0, peak.lives_per_second)
        flooded = await gateway.run(connections, seconds, life=PATIENT, rate=rate)
        again = await gateway.run(PAYERS, beside)
        for name, figures in zip(measured, (peak, flooded, again), strict=True):
            measured[name].append(figures)
        of_wanted = f"{flooded.lives_per_second:.0f} of {rate:.0f} lives/s wanted"
        say(f"round {number} of {rounds}: at its best {peak.lives_per_second:.0f} lives/s, then {of_wanted}")
    return measured


async def overload(
    cluster: Cluster, client: Client, rounds: int, seconds: float, times: float
) -> tuple[Result, list[str]]:
    machine = {**describe(cluster.folder), "load_client": client.name}
    database, connections = await cluster.settings(), _open_files(CONNECTIONS)
    orders = Orders(cluster, DATABASE)
    await cluster.create(DATABASE)
    async with servers.gateway(cluster.url(DATABASE), cluster.folder) as served:
        gateway = Gateway(served, cluster, orders, run_client=client.run)
        measured = await in_rounds(gateway, rounds, seconds, times, connections)
    wrong = faults(measured) + gaps(measured) + await disagreements(orders)
    more = {"rounds": rounds, "seconds": seconds, "times": times, "connections": connections}
    return Result("overload", machine, database, measured, judged(measured), more), wrong


def judged(measured: Measured) -> list[Goal]:
    """Ratios are medians of the rounds; what holds for every answer holds in all of them."""
    peak, flooded, again = measured[PEAK], measured[OVERLOAD], measured[AFTERWARDS]
    waits = [spread.most for figures in flooded for method, spread in figures.times.items() if method != LIFE]
    try_again, wrong = (sum(counts) for counts in zip(*((f.try_again, f.wrong) for f in flooded), strict=True))
    only_try_again = all(figures.try_again for figures in flooded) and not wrong
    kept, lived = KEPT_WHEN_OVERLOADED * 100, lives_per_second
    return [
        at_most("overload: the longest wait for an answer", max(waits, default=0) / 1000, WORST_ANSWER_SECONDS, "s"),
        at_least("overload: lives/s, of the peak", ratio(flooded, peak, lived) * 100, kept, "%"),
        at_least("overload: calls served in a second, of the peak", ratio(flooded, peak, _served) * 100, kept, "%"),
        Goal(
            "overload: the excess is answered try again",
            "nothing else",
            f"{try_again:,} answered try again, {wrong} anything else",
            only_try_again,
        ),
        at_least("after the overload: lives/s, of the peak", ratio(again, peak, lived) * 100, kept, "%"),
    ]


def _served(figures: Figures) -> float:
    """Calls in a second that got what they asked for."""
    return (figures.requests - figures.try_again) / figures.seconds


def _open_files(wanted: int) -> int:
    """As many connections as this system allows; the gateway's limit is raised with ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted + 200 if hard == resource.RLIM_INFINITY else min(wanted + 200, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
    return min(wanted, max(soft, limit) - 200)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=30, help="of the overload in each round")
    parser.add_argument("--times", type=float, default=TIMES, help="what is wanted, of what can be served")
    chosen = parser.parse_args()
    with fresh_cluster() as cluster, lean_client() as client:
        result, wrong = asyncio.run(overload(cluster, client, chosen.rounds, chosen.seconds, chosen.times))
    conclude(result, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

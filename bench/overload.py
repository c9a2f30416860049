"""`make bench-overload`: three times more payers than can be served, for half a minute.

python -m bench.overload [--seconds S] [--times N]
"""

import argparse
import asyncio
import resource
import sys
from typing import Any, Final

from bench import servers
from bench.audit import disagreements
from bench.goals import KEPT_WHEN_OVERLOADED, WORST_ANSWER_SECONDS, Goal, at_least, at_most
from bench.machine import describe
from bench.orders import Orders
from bench.plan import Figures
from bench.postgres import Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, faults, gaps, say
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


async def overload(cluster: Cluster, seconds: float, times: float) -> tuple[Result, list[str]]:
    machine, database = describe(cluster.folder), await cluster.settings()
    connections = _open_files(CONNECTIONS)
    orders = Orders(cluster, DATABASE)
    await cluster.create(DATABASE)
    async with servers.gateway(cluster.url(DATABASE), cluster.folder) as served:
        gateway = Gateway(served, cluster, orders)
        best = [await gateway.run(PAYERS, max(2.0, seconds / 6)) for _ in range(3)]
        peak = max(best, key=lambda figures: figures.lives_per_second)
        say(f"at its best {peak.lives_per_second:.0f} lives/s")
        rate = times * peak.lives_per_second
        flooded = await gateway.run(connections, seconds, life=PATIENT, rate=rate)
        say(f"{rate:.0f} lives/s wanted: {flooded.lives_per_second:.0f} lived, {flooded.try_again} answered try again")
        again = await gateway.run(PAYERS, max(2.0, seconds / 6))
    measured = {PEAK: [peak], OVERLOAD: [flooded], AFTERWARDS: [again]}
    wrong = faults(measured) + gaps(measured) + await disagreements(orders)
    more: dict[str, Any] = {"rate": rate, "connections": connections}
    return Result("overload", machine, database, measured, judged(measured), more), wrong


def judged(measured: Measured) -> list[Goal]:
    (peak,), (flooded,), (again,) = measured[PEAK], measured[OVERLOAD], measured[AFTERWARDS]
    worst = max(spread.most for method, spread in flooded.times.items() if method != LIFE) / 1000
    kept = flooded.lives_per_second / max(1, peak.lives_per_second)
    calls = _served(flooded) / max(1, _served(peak))
    recovered = again.lives_per_second / max(1, peak.lives_per_second)
    only_try_again = flooded.try_again > 0 and flooded.wrong == 0
    excess = f"{flooded.try_again:,} answered try again, {flooded.wrong} anything else"
    return [
        at_most("overload: the longest wait for an answer", worst, WORST_ANSWER_SECONDS, "s"),
        at_least("overload: lives/s, of the peak", kept * 100, KEPT_WHEN_OVERLOADED * 100, "%"),
        at_least("overload: calls served in a second, of the peak", calls * 100, KEPT_WHEN_OVERLOADED * 100, "%"),
        Goal("overload: the excess is answered try again", "nothing else", excess, only_try_again),
        at_least("after the overload: lives/s, of the peak", recovered * 100, KEPT_WHEN_OVERLOADED * 100, "%"),
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
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--times", type=float, default=3, help="what is wanted, of what can be served")
    chosen = parser.parse_args()
    with fresh_cluster() as cluster:
        result, wrong = asyncio.run(overload(cluster, chosen.seconds, chosen.times))
    conclude(result, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

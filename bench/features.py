"""`make bench ALL_ON=1`: payments with all on that a gateway can do beside them, against the same with all off.

python -m bench.features [--rounds N] [--seconds S]
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from bench import senders
from bench.audit import disagreements
from bench.c_client import Client, lean_client
from bench.goals import Goal, at_least
from bench.machine import describe
from bench.postgres import COMMIT_TIMES, Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, faults, gaps, in_turn, lives_per_second, ratio
from bench.senders import EMBEDDED, OFF, WORKER, WORKER_ELSEWHERE
from bench.tables import conclude, console

PAYERS: Final = 16
PARTS: Final = ("webhooks",)
"""What is on."""

NOT_BUILT_YET: Final = ("dashboard", "ledger", "reconciliation")
"""What will have to be on as well, as soon as there is such a thing."""

SUBJECTS: Final[Mapping[str, str]] = {
    OFF: "all off",
    EMBEDDED: "all on, embedded",
    WORKER: "all on, a worker",
    WORKER_ELSEWHERE: "all on, a worker elsewhere",
}
"""By who sends. A worker on the same two cores takes its part of them: what a payment pays for the rest of it is seen
with one elsewhere."""

KEPT_WITH_ALL_ON: Final[Mapping[str, float]] = {WORKER_ELSEWHERE: 0.9, EMBEDDED: 0.75}
"""The goals, by who sends: this share of the lives per second with all off."""


async def measure(cluster: Cluster, client: Client, rounds: int, seconds: float) -> tuple[Measured, list[str]]:
    """And what is wrong with it."""
    async with AsyncExitStack() as stack:
        running = {
            subject: await stack.enter_async_context(
                senders.serving(cluster, name, f"all_{name.replace(' ', '_')}", client.run)
            )
            for name, subject in SUBJECTS.items()
        }
        windows = {subject: sender.window(PAYERS, seconds) for subject, sender in running.items()}
        measured = await in_turn(windows, rounds)
    wrong = faults(measured)
    for sender in running.values():
        wrong += await disagreements(sender.orders)
    return measured, wrong


def judged(measured: Measured) -> list[Goal]:
    on = {SUBJECTS[name]: kept for name, kept in KEPT_WITH_ALL_ON.items()}
    return [
        at_least(
            f"lives/s with {subject}, of those with all off",
            ratio(measured[subject], measured[SUBJECTS[OFF]], lives_per_second),
            kept,
        )
        for subject, kept in on.items()
    ]


def what_is_on() -> str:
    return f"All on: {', '.join(PARTS)}. Not built yet: {', '.join(NOT_BUILT_YET)}."


async def bench(cluster: Cluster, client: Client, rounds: int, seconds: float) -> tuple[Result, list[str]]:
    machine, database = describe(cluster.folder), await cluster.settings()
    measured, wrong = await measure(cluster, client, rounds, seconds)
    wrong += gaps(measured)
    more = {
        **{"load_client": client.name, "payers": PAYERS, "rounds": rounds, "seconds": seconds},
        **{"on": PARTS, "not_built_yet": NOT_BUILT_YET},
    }
    return Result("features", machine, database, measured, judged(measured) if not wrong else [], more), wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.features", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4, help="of each window")
    chosen = parser.parse_args()
    with fresh_cluster(COMMIT_TIMES) as cluster, lean_client() as client:
        result, wrong = asyncio.run(bench(cluster, client, chosen.rounds, chosen.seconds))
    console.print(what_is_on(), f"The load client is {client.name}.", markup=False)
    conclude(result, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

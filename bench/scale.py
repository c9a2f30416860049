"""`make bench-scale`: the same load on top of ten thousand, one and five million old payments, and long statements.

python -m bench.scale [--sizes 10000,1000000,5000000] [--rounds N] [--seconds S]
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from statistics import median
from typing import Final

from rich.table import Table

from bench import audit_time, history, plans, searches, servers, statements, timelines
from bench.audit import disagreements
from bench.goals import (
    AUDIT_SECONDS,
    AUDITED,
    FOUND_MS,
    KEPT_WHEN_OLD,
    STATEMENT_MB,
    STATEMENT_STALL_MS,
    Goal,
    at_least,
    at_most,
)
from bench.machine import describe
from bench.orders import Orders
from bench.postgres import Cluster, fresh_cluster
from bench.results import Result
from bench.rounds import Measured, Window, faults, gaps, in_turn, lives_per_second, ratio, say
from bench.statements import Statement
from bench.subjects import Gateway
from bench.tables import conclude, console

SIZES: Final = (10_000, 1_000_000, 5_000_000)
PAYERS: Final = 16
TIMES_AUDITED: Final = 4
"""The first one is not counted: it is still the disk's, and finds out what of the pages is visible to all."""

Statements = Mapping[int, Sequence[Statement]]
Audits = Mapping[int, Sequence[float]]
"""Seconds that each took, by the number of old payments."""
Searches = Mapping[str, tuple[float, float]]
"""Milliseconds by what was looked for: the median, and the first."""


def old(size: int) -> str:
    """The database that holds them."""
    return f"old_{size}"


def subject(size: int, kind: str = "paid") -> str:
    return f"{size:,} old payments, {kind}"


async def scale(cluster: Cluster, sizes: Sequence[int], rounds: int, seconds: float) -> tuple[Result, list[str]]:
    machine, database = describe(cluster.folder), await cluster.settings()
    objections: list[str] = []
    windows: dict[str, Window] = {}
    audits: dict[int, Sequence[float]] = {}
    times_by_size: dict[int, timelines.Times] = {}
    unindexed: list[str] = []
    async with AsyncExitStack() as stack:
        orders_by_size: dict[int, Orders] = {}
        for size in sizes:
            name = old(size)
            began = time.perf_counter()
            await cluster.create(name)
            objections += [f"empty {wrong}" for wrong in await plans.objections(cluster, name)]
            unindexed += [f"empty {wrong}" for wrong in await timelines.objections(cluster, name)]
            await history.fill(cluster, name, size)
            await timelines.fill(cluster, name, size)
            say(f"{size:,} old payments are there after {time.perf_counter() - began:.0f} s")
            objections += await plans.objections(cluster, name)
            unindexed += await timelines.objections(cluster, name)
            times_by_size[size] = await timelines.measure(cluster, name, size)
            audits[size] = [audit_time.measure(cluster.url(name), cluster.folder) for _ in range(TIMES_AUDITED)]
            say(f"audits of {size:,}: {', '.join(f'{seconds:.1f}' for seconds in audits[size])} s")
            orders_by_size[size] = Orders(cluster, name, size + 1)
            served = await stack.enter_async_context(servers.gateway(cluster.url(name), cluster.folder))
            gateway = Gateway(served, cluster, orders_by_size[size])
            windows[subject(size)] = gateway.window(PAYERS, seconds)
            windows[subject(size, "every method")] = gateway.window(PAYERS, seconds, life="every method")
            windows[subject(size, "Click")] = gateway.window(PAYERS, seconds, life="click")
        measured = await in_turn(windows, rounds)
    statements_by_size = await _statements(cluster, max(sizes), rounds)
    async with servers.gateway(cluster.url(old(max(sizes))), cluster.folder) as served:
        found = await searches.measure(served, max(sizes))
    wrong = faults(measured) + gaps(measured)
    for size in sizes:
        objections += [f"{wrong}, in the end" for wrong in await plans.objections(cluster, old(size))]
        wrong += await disagreements(orders_by_size[size])
    more = {
        "statements": {str(size): [asdict(one) for one in ones] for size, ones in statements_by_size.items()},
        "timelines": {str(size): asdict(times) for size, times in times_by_size.items()},
        "audits": {str(size): took for size, took in audits.items()},
        "searches": found,
        "objections": objections,
        "rounds": rounds,
    }
    show_statements(statements_by_size)
    show_audits(audits)
    show_searches(found, max(sizes))
    goals = [
        *judged(measured, sizes, statements_by_size),
        *audited(audits),
        by_index(objections),
        searched(found, max(sizes)),
        *timelines.judged(times_by_size, unindexed),
    ]
    if wrong:
        goals = []
    return Result("scale", machine, database, measured, goals, more), wrong


async def _statements(cluster: Cluster, payments: int, rounds: int) -> Statements:
    """Each of a gateway of its own, in the database with so many payments."""
    statements_by_size: dict[int, list[Statement]] = {size: [] for size in statements.SIZES if size <= payments}
    for _ in range(max(3, rounds)):
        for size, ones in statements_by_size.items():
            async with servers.gateway(cluster.url(old(payments)), cluster.folder) as served:
                ones.append(await statements.measure(served, size))
            say(f"GetStatement of {size:,}: {ones[-1].took:,.0f} ms")
    return statements_by_size


def judged(measured: Measured, sizes: Sequence[int], statements_by_size: Statements) -> list[Goal]:
    least, most, longest = min(sizes), max(sizes), max(statements_by_size)
    kept = ratio(measured[subject(most)], measured[subject(least)], lives_per_second)
    extra = median(statement.extra_mb for statement in statements_by_size[longest])
    stall = median(statement.stall for statement in statements_by_size[longest])
    return [
        at_least(f"lives/s with {most:,} old payments, of those with {least:,}", kept, KEPT_WHEN_OLD),
        at_most(f"GetStatement of {longest:,}: extra memory", extra, STATEMENT_MB, "MB"),
        at_most(f"GetStatement of {longest:,}: longest stall of other calls", stall, STATEMENT_STALL_MS, "ms"),
    ]


def audited(audits: Audits) -> list[Goal]:
    return [
        at_most(f"tiyin audit with {size:,} old payments", median(took[1:]), AUDIT_SECONDS, "s")
        for size, took in audits.items()
        if size == AUDITED
    ]


def searched(found: Searches, payments: int) -> Goal:
    slowest = max(took for took, _ in found.values())
    return at_most(f"the slowest search among {payments:,} old payments", slowest, FOUND_MS, "ms")


def by_index(objections: Sequence[str]) -> Goal:
    goal = "payment path: no scan of a table or an index, no sort of one"
    return Goal(goal, "none", "; ".join(dict.fromkeys(objections)) or "none", not objections)


def show_statements(statements_by_size: Statements) -> None:
    table = Table("entries", title="GetStatement, medians")
    for column in ("ms", "extra MB", "longest stall, ms", "without a statement, ms"):
        table.add_column(column, justify="right")
    for size, ones in statements_by_size.items():
        middle = (
            median(getattr(one, name) for one in ones) for name in ("took", "extra_mb", "stall", "stall_when_quiet")
        )
        table.add_row(f"{size:,}", *(f"{figure:,.1f}" for figure in middle))
    console.print(table)


def show_audits(audits: Audits) -> None:
    table = Table("old payments", title="tiyin audit, the whole program")
    table.add_column("s, median", justify="right")
    table.add_column("the first", justify="right")
    for size, took in audits.items():
        table.add_row(f"{size:,}", f"{median(took[1:]):.1f}", f"{took[0]:.1f}")
    console.print(table)


def show_searches(found: Searches, payments: int) -> None:
    table = Table("looked for", title=f"Searches over HTTP among {payments:,} old payments")
    table.add_column("ms, median", justify="right")
    table.add_column("the first", justify="right")
    for name, (took, first) in found.items():
        table.add_row(name, f"{took:.1f}", f"{first:.1f}")
    console.print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of old payments")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each window")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    with fresh_cluster() as cluster:
        result, wrong = asyncio.run(scale(cluster, sizes, chosen.rounds, chosen.seconds))
    conclude(result, wrong)
    return 1 if wrong or result.more["objections"] else 0


if __name__ == "__main__":
    sys.exit(main())

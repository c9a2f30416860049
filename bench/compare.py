"""`make bench-compare OTHER=…/.venv/bin/tiyin`: another checkout's or release's gateway beside this one, in turn.

python -m bench.compare OTHER [--rounds N] [--seconds S] [--payers 1,16,64]
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
from rich.table import Table

from bench import servers
from bench.c_client import lean_client
from bench.client import RunClient
from bench.plan import AMOUNT_TIYIN, FIRST_GUESS, Figures
from bench.postgres import Cluster, fresh_cluster
from bench.rounds import Measured, Window, faults, gaps, in_turn, lives_per_second, middle, ratio
from bench.subjects import Gateway
from bench.tables import console, show_faults
from bench.tally import LIFE

API_TOKEN: Final = "of-the-bench-0123456789-abcdefghij"

COMPARED: Final[Mapping[str, Callable[[Figures], float]]] = {
    "lives/s": lives_per_second,
    "gateway CPU µs/life": lambda figures: figures.us_per_life("server"),
    "database CPU µs/life": lambda figures: figures.us_per_life("database"),
    "p50 of a life, ms": lambda figures: figures.times[LIFE].p50,
}

OPENERS: Final = 16
"""Calls at once that open orders."""


class ApiOrders:
    """Orders of one gateway, opened through its merchant API: that is the same for both, whatever their tables are."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/orders"
        self._next = self._end = 1
        self._fastest = 0.0
        """Lives in a second, in the fastest window so far: the next one may have as many payers as that."""

    async def for_seconds(self, seconds: float, rate: float | None = None) -> tuple[int, int]:
        """The first one's number, and how many there are: more than can be used up in this time."""
        end = max(self._end, self._next + round((seconds + 1) * (rate or 2 * self._fastest or FIRST_GUESS)))
        numbers = iter(range(self._end, end))
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {API_TOKEN}"}) as session:
            await asyncio.gather(*(self._open(session, numbers) for _ in range(OPENERS)))
        self._end = end
        return self._next, self._end - self._next

    def were_used(self, figures: Figures) -> None:
        self._next += figures.orders_used
        self._fastest = max(self._fastest, figures.lives_per_second)

    async def _open(self, session: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for number in numbers:
            order = {"account": str(number), "kind": "one_time", "amount": AMOUNT_TIYIN}
            async with session.post(self._url, json=order) as response:
                assert response.status == 201, await response.text()


@asynccontextmanager
async def serving(program: Path, cluster: Cluster, name: str) -> AsyncIterator[servers.Served]:
    """A gateway of any release, on a database of that name, which it has made itself."""
    await cluster.execute("postgres", f"CREATE DATABASE {name}")
    folder = cluster.folder / f"{name}-home"
    folder.mkdir()
    settings = {**servers.settings(cluster.url(name), folder), "API_TOKEN": API_TOKEN}
    migrate = await asyncio.create_subprocess_exec(
        str(program), "migrate", env={"PATH": os.environ["PATH"], **settings}, cwd=folder
    )
    assert await migrate.wait() == 0, f"{program} migrate failed"
    port = servers.free_port()
    command = [str(program), "serve", "--port", str(port)]
    async with servers.running(command, port, cluster.folder, settings) as served:
        yield served


async def compare(
    cluster: Cluster,
    programs: Mapping[str, Path],
    payers: tuple[int, ...],
    rounds: int,
    seconds: float,
    run_client: RunClient,
) -> Measured:
    windows: dict[str, Window] = {}
    async with AsyncExitStack() as stack:
        gateways = {}
        for name, program in programs.items():
            served = await stack.enter_async_context(serving(program, cluster, name))
            gateways[name] = Gateway(served, cluster, ApiOrders(served.port), run_client=run_client)
        for many in payers:
            for name, gateway in gateways.items():
                windows[f"{name}, {many}"] = gateway.window(many, seconds)
        return await in_turn(windows, rounds)


def compared(measured: Measured, many: int) -> Mapping[str, tuple[float, float, float]]:
    """This one's, the other's and their ratio: medians of the rounds, the ratio of each round's own ratios."""
    this, other = measured[f"this, {many}"], measured[f"other, {many}"]
    return {name: (middle(this, of), middle(other, of), ratio(this, other, of)) for name, of in COMPARED.items()}


def show(measured: Measured, payers: tuple[int, ...]) -> None:
    table = Table("payers", "median of the rounds")
    for column in ("this", "other", "ratio"):
        table.add_column(column, justify="right")
    for many in payers:
        for name, (this, other, of_other) in compared(measured, many).items():
            table.add_row(str(many), name, f"{this:,.1f}", f"{other:,.1f}", f"{of_other:.3f}")
        table.add_section()
    console.print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the other one's `tiyin`")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4, help="of each window")
    parser.add_argument("--payers", default="1,16,64")
    chosen = parser.parse_args()
    payers = tuple(int(many) for many in chosen.payers.split(","))
    programs = {"this": servers.PROGRAM, "other": chosen.other.absolute()}
    with fresh_cluster() as cluster, lean_client() as client:
        measured = asyncio.run(compare(cluster, programs, payers, chosen.rounds, chosen.seconds, client.run))
    console.print(f"The load client is {client.name}.", markup=False)
    show(measured, payers)
    wrong = faults(measured) + gaps(measured)
    show_faults(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

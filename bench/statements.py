"""Long statements: how long GetStatement takes, what it needs, and how long it keeps others waiting."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

import aiohttp

from bench.history import FIRST_MOMENT
from bench.processes import forget_most_resident, most_resident, resident
from bench.servers import PAYME, PAYME_KEY, Served

SIZES: Final = (100, 10_000, 100_000)
WARM_UP: Final = 0.5
LEAST_QUIET: Final = 0.5
"""Seconds in which nobody asks but the prober."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement took; times in milliseconds."""

    entries: int
    took: float
    extra_mb: float
    """Of the server's memory, at its height."""
    stall: float
    """The longest that another call waited meanwhile, beyond what it takes by itself."""
    stall_when_quiet: float
    """The same in as much time without a statement: what the machine alone is to blame for."""


class Prober:
    """Asks one thing after another, as other payers do, and keeps the time of each answer."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url
        self.times: list[float] = []

    async def run(self) -> None:
        call = {"id": 1, "method": "CheckPerformTransaction", "params": {"amount": 1, "account": {"order_id": "1"}}}
        while True:
            began = time.perf_counter()
            async with self._http.post(self._url, json=call) as response:
                assert (await response.json())["error"]["code"] == -31051, "the order is paid"
            self.times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.001)


async def measure(served: Served, entries: int) -> Statement:
    """The statement of the first so many payments that there are.

    `served` is fresh: memory that was needed once is kept by the process, and would not be seen to be needed again.
    """
    async with _session() as http:
        url = f"http://127.0.0.1:{served.port}{PAYME}"
        prober = Prober(http, url)
        probing = asyncio.create_task(prober.run())
        try:
            await asyncio.sleep(WARM_UP)
            await _read_lines(http, url, min(SIZES))
            prober.times = []
            forget_most_resident(served.pid)
            memory, began = resident(served.pid), time.perf_counter()
            lines = await _read_lines(http, url, entries)
            took = (time.perf_counter() - began) * 1000
            extra = most_resident(served.pid) - memory
            await asyncio.sleep(0.05)  # the call that was kept waiting to the end is answered, and counts
            meanwhile, prober.times = prober.times, []
            await asyncio.sleep(max(LEAST_QUIET, took / 1000))
        finally:
            probing.cancel()
            await asyncio.wait({probing})
        if probing.done() and not probing.cancelled():
            probing.result()
    if lines != entries:
        raise SystemExit(f"A statement of {entries} payments has {lines} lines.")
    usual = median(prober.times)
    return Statement(
        entries=entries,
        took=round(took, 1),
        extra_mb=round(extra / 2**20, 1),
        stall=round(max(meanwhile, default=took) - usual, 1),
        stall_when_quiet=round(max(prober.times) - usual, 1),
    )


async def _read_lines(http: aiohttp.ClientSession, url: str, entries: int) -> int:
    """How many payments it tells of. They are counted as they come, so that this process does not grow in the way."""
    first = (FIRST_MOMENT + 1) * 1000
    call = {"id": 2, "method": "GetStatement", "params": {"from": first, "to": first + (entries - 1) * 1000}}
    lines, tail = 0, b""
    mark = b'"create_time":'
    async with http.post(url, json=call) as response:
        async for chunk in response.content.iter_any():
            text = tail + chunk
            lines += text.count(mark)
            tail = text[-len(mark) + 1 :]
    if not tail.endswith(b"}}"):
        raise SystemExit("A statement was broken off.")
    return lines


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("Paycom", PAYME_KEY)) as http:
        yield http

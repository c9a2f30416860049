"""Tarpits: how soon others hear of their events while four endpoints, with thousands due, take for ever to answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from bench import event_lag, history, servers
from bench.endpoints import EndpointTable
from bench.event_lag import RECEIVED
from bench.orders import Orders
from bench.plan import Spread
from bench.postgres import Cluster
from bench.processes import forget_most_resident, most_resident, resident
from bench.rounds import faults, say
from bench.subjects import Gateway

DATABASE: Final = "tarpits"
PAUSE_SECONDS: Final = 0.1
BEFORE_SECONDS: Final = 1.0
"""Until each of them holds what it can."""

INTERIM: Final = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000
OK: Final = b"HTTP/1.1 200 OK\r\n"

DUE: Final = """
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT x.transition_id, e.id, x.shop, x.order_id, x.sequence, 'due', '-infinity', now()
    FROM outbox x CROSS JOIN unnest($1::int[]) AS e (id)
"""
RENAME: Final = "UPDATE webhook_endpoints SET name = 'tarpit' || id WHERE id = ANY ($1::int[])"


@dataclass(frozen=True, slots=True)
class TarpitTimes:
    """COMMIT to received at an endpoint that answers, in milliseconds, without tarpits and with them."""

    due: int
    """At each of four."""
    alone: Spread
    beside: Spread
    growth_mib: float
    """Of the worker's memory, at most, after the window without them."""


Behaviour = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


def goes_on(begins: bytes, with_: bytes, pause_seconds: float = PAUSE_SECONDS) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(begins)
        while True:
            writer.write(with_)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    return behave


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


BEHAVIOURS: Final[Mapping[str, Behaviour]] = {
    "1": goes_on(OK, b"x: y\r\n"),
    "2": goes_on(OK + b"Content-Length: 1000000\r\n\r\n", b"."),
    "3": goes_on(b"", INTERIM, 0),
    "4": silence,
}
"""By the last character of the path."""


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the worker gives up."""
    with suppress(OSError, asyncio.IncompleteReadError):
        path = (await reader.readuntil(b"\r\n")).split()[1].decode()
        ends = asyncio.create_task(reader.read(-1))
        behaves = asyncio.create_task(BEHAVIOURS[path[-1]](writer))
        await asyncio.wait({ends, behaves}, return_when=asyncio.FIRST_COMPLETED)
        ends.cancel()
        behaves.cancel()
        await asyncio.gather(ends, behaves, return_exceptions=True)
    writer.transport.abort()


@asynccontextmanager
async def tarpits() -> AsyncIterator[int]:
    """Their port."""
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def measure(cluster: Cluster, due: int, seconds: float, events_a_second: float) -> tuple[TarpitTimes, list[str]]:
    """A window without them and one with them, and what is wrong."""
    orders_of_history = due // 2
    await cluster.create(DATABASE)
    await history.fill(cluster, DATABASE, orders_of_history)
    orders = Orders(cluster, DATABASE, orders_of_history + 1)
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(servers.receiver(cluster.folder))
        port = await stack.enter_async_context(tarpits())
        url = cluster.url(DATABASE)
        served = await stack.enter_async_context(servers.gateway(url, cluster.folder, outbound="worker"))
        worker = await stack.enter_async_context(servers.worker(url, cluster.folder))
        table = EndpointTable(cluster, DATABASE, receiver.port)
        pits = EndpointTable(cluster, DATABASE, port)
        table.not_waited_for = ids = await pits.add(len(BEHAVIOURS))
        await table.run(RENAME, list(ids))
        await table.run(DUE, list(ids))
        await table.run("ANALYZE deliveries")
        await table.enable(await table.add(1))
        window = event_lag.with_lags(
            Gateway(served, cluster, orders, worker).window(64, seconds, rate=events_a_second / 2), table
        )
        alone = await window()
        memory = resident(worker.pid)
        forget_most_resident(worker.pid)
        await table.enable(ids)
        await asyncio.sleep(min(BEFORE_SECONDS, seconds))
        beside = await window()
        growth = (most_resident(worker.pid) - memory) / 2**20
    times = TarpitTimes(due, alone.times[RECEIVED], beside.times[RECEIVED], round(growth, 1))
    say(f"beside four tarpits: p50 {times.beside.p50:.1f} ms, p99 {times.beside.p99:.1f} ms, {growth:.1f} MiB more")
    return times, faults({"without tarpits": [alone], "with tarpits": [beside]})

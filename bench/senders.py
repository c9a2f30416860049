"""Gateways by who sends their events: each with a database of its own, and a receiver where events are sent."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bench import client, event_lag, servers
from bench.client import RunClient
from bench.endpoints import EndpointTable
from bench.orders import Orders
from bench.postgres import Cluster
from bench.rounds import Window
from bench.subjects import Gateway

OFF: Final = "off"
NO_ENDPOINT: Final = "no endpoint"
EMBEDDED: Final = "embedded"
WORKER: Final = "worker"
WORKER_ELSEWHERE: Final = "worker elsewhere"
"""It and its receiver only take the time of the cores which nobody else wants: it stands for one on another machine."""

OUTBOUND: Final[Mapping[str, str]] = {
    OFF: "off",
    NO_ENDPOINT: "here",
    EMBEDDED: "here",
    WORKER: "worker",
    WORKER_ELSEWHERE: "worker",
}
"""The gateway's setting."""

WITHOUT_ENDPOINT: Final = (OFF, NO_ENDPOINT)


@dataclass(frozen=True, slots=True)
class Sender:
    """A gateway that runs, and what becomes of its events."""

    gateway: Gateway
    orders: Orders
    endpoints: EndpointTable | None

    def window(self, payers: int, seconds: float, rate: float = 0.0) -> Window:
        """With the lags of its events, where they are sent."""
        window = self.gateway.window(payers, seconds, rate=rate)
        return window if self.endpoints is None else event_lag.with_lags(window, self.endpoints)


@asynccontextmanager
async def serving(
    cluster: Cluster, name: str, database: str, run_client: RunClient = client.run
) -> AsyncIterator[Sender]:
    """`name`: one of `OUTBOUND`. The database is made for it."""
    is_elsewhere = name == WORKER_ELSEWHERE
    await cluster.create(database)
    orders, url = Orders(cluster, database), cluster.url(database)
    async with AsyncExitStack() as stack:
        gateway = servers.gateway(url, cluster.folder, outbound=OUTBOUND[name])
        served = await stack.enter_async_context(gateway)
        worker = None
        if OUTBOUND[name] == "worker":
            worker = await stack.enter_async_context(servers.worker(url, cluster.folder, yields=is_elsewhere))
        endpoints = None
        if name not in WITHOUT_ENDPOINT:
            receiver = await stack.enter_async_context(servers.receiver(cluster.folder, yields=is_elsewhere))
            endpoints = EndpointTable(cluster, database, receiver.port)
            await endpoints.enable(await endpoints.add(1))
        yield Sender(Gateway(served, cluster, orders, worker, run_client), orders, endpoints)

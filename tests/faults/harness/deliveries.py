"""A shop that is sent events: what makes them, who receives them, and workers that may die beside one that does not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import DeliveryQueue, EndpointRef, Endpoints, Settled, WantedEndpoint
from core.clock import Clock, wall_clock
from core.connection_pools import delivery_pool, pools
from core.deliveries.moments import of_database
from core.domain.commands import Cancel
from core.facade import Core
from gateway.config.settings import load
from gateway.webhook_secrets import WebhookSecrets
from outbound.bell import Bell
from outbound.webhooks.places import PLACES
from outbound.webhooks.sending import WebhookSender
from outbound.webhooks.worker import WebhookWorker
from schema.releases import this_release
from schema.values import Provider
from schema.webhooks import EndpointSource
from tests.actors.receiver import Receiver
from tests.conftest import SETTINGS
from tests.core.conftest import creation, payme_ref, performance
from tests.core.deliveries.conftest import Books
from tests.faults.harness.connection import connect
from tests.faults.harness.gateway import Gateway
from tests.long_timeouts import WAIT_SECONDS

WORKER: Final = {
    "OUTBOUND": "worker",
    "WEBHOOK_KEY": "webhook-key-of-the-tests-0123456789abcdef",
    "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
}
"""Settings of a worker that may send to a receiver on loopback."""

LOOK_SECONDS: Final = 0.01


class NullDeliveryObserver:
    """Learns nothing but what was settled."""

    def __init__(self) -> None:
        self.zombies = 0

    def attempted(self, *_: Any) -> None: ...

    def settled(self, settled: Settled) -> None:
        self.zombies += settled.zombies


class Admission:
    """Says to a worker how many deliveries it may have in flight, and counts how often it has looked for some."""

    def __init__(self) -> None:
        self.places = 0
        self._looks = 0

    def __call__(self) -> int:
        self._looks += 1
        return self.places

    async def looks(self) -> None:
        """Return once it has looked, and has taken what there was."""
        until = self._looks + 3
        async with asyncio.timeout(WAIT_SECONDS):
            while self._looks < until:
                await asyncio.sleep(LOOK_SECONDS)


class Deliveries:
    """The rows of one database, and what brings them about."""

    def __init__(self, database_url: str, engine: AsyncEngine, core: Core, receiver: Receiver) -> None:
        self.database_url, self.engine, self.core, self.receiver = database_url, engine, core, receiver
        self.books = Books(core, wall_clock)  # type: ignore[arg-type] # it is only read
        self.secrets = WebhookSecrets(load(SETTINGS | WORKER))
        self.endpoints = Endpoints(engine)

    def endpoints_at(self, now: Callable[[], datetime | None]) -> Endpoints:
        """Endpoints by another clock than the database's."""
        return Endpoints(self.engine, now)

    async def registers(self, name: str = "erp", url: str | None = None) -> None:
        wanted = WantedEndpoint(EndpointRef("main", name), url or self.receiver.url, None, self.secrets.fingerprint)
        await self.endpoints.register(wanted, EndpointSource.API)

    async def pays(self, account: str) -> None:
        """Two events of one order."""
        await self.books.pays(account)

    async def creates(self, account: str) -> None:
        """One event of a new order."""
        await self.books.creates(await self.books.opens(account))

    async def lives(self, account: str) -> None:
        """Four events of one order: a payment is begun and cancelled, another one begun and paid."""
        where = await self.books.opens(account)
        await self.core.do(creation(where, f"{account}-1", wall_clock))  # type: ignore[arg-type]
        await self.core.do(Cancel(payme_ref(f"{account}-1"), Provider.PAYME, 3))
        await self.core.do(creation(where, f"{account}-2", wall_clock))  # type: ignore[arg-type]
        await self.core.do(performance(f"{account}-2"))

    @asynccontextmanager
    async def core_with(self, clock: Clock) -> AsyncIterator[Core]:
        """Another gateway's core, whose machine has this clock."""
        async with pools(self.database_url) as (payments, reports):
            core = Core(payments, reports, clock=clock)
            yield core
            await core.close()

    async def sql(self, statement: str, *values: Any) -> list[Any]:
        """What the statement answers, without the gateway's own means."""
        connection = await connect(self.database_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def runs(self, *statements: str) -> None:
        """Run them in one session."""
        connection = await connect(self.database_url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    async def states(self) -> Counter[str]:
        """How many deliveries are in each state."""
        rows = await self.sql("SELECT state, count(*) FROM deliveries GROUP BY state")
        return Counter({row[0]: row[1] for row in rows})

    async def are_all(self, state: str = "delivered", within: float = WAIT_SECONDS) -> None:
        """Return once every delivery is in this state."""
        async with asyncio.timeout(within):
            while set(states := await self.states()) != {state}:
                assert "dead" not in states or state == "dead", states
                await asyncio.sleep(LOOK_SECONDS)

    async def are_all_but_dead(self, dead: int) -> None:
        """Return once so many are dead and all others delivered."""
        async with asyncio.timeout(WAIT_SECONDS):
            while (states := await self.states()).keys() != {"delivered", "dead"} or states["dead"] != dead:
                await asyncio.sleep(LOOK_SECONDS)

    async def are_taken(self, by: Gateway) -> None:
        """Return once this worker has claimed some, or has not lived to do it."""
        leased = "SELECT FROM deliveries WHERE leased_until > now() LIMIT 1"
        async with asyncio.timeout(WAIT_SECONDS):
            while by.alive and not await self.sql(leased):
                await asyncio.sleep(LOOK_SECONDS)

    async def leases_end(self) -> None:
        """As if the time of the leases had passed."""
        await self.sql("UPDATE deliveries SET leased_until = now() WHERE leased_until > now()")
        await self.sql("UPDATE webhook_endpoints SET paused_until = now() WHERE paused_until > now()")

    @asynccontextmanager
    async def sending(
        self,
        now: Callable[[], datetime | None] = of_database,
        engine: AsyncEngine | None = None,
        bell: Bell | None = None,
        observer: NullDeliveryObserver | None = None,
        places: Callable[[], int] = lambda: PLACES,
    ) -> AsyncIterator[WebhookWorker]:
        """A worker in this process, which nothing happens to."""
        networks = load(SETTINGS | WORKER).webhook_allowed_networks
        async with WebhookSender(networks, None, str, f"tiyin/{this_release()}") as sender:
            worker = WebhookWorker(
                DeliveryQueue(engine or self.engine, now), sender, self.secrets.of, bell or Bell(),
                observer or NullDeliveryObserver(), places, poll_seconds=lambda: LOOK_SECONDS,
            )  # fmt: skip
            work = asyncio.create_task(worker.run())
            try:
                yield worker
            finally:
                worker.stop()
                await work

    def times_received(self) -> Counter[str]:
        """How many times each event came, by its id."""
        return Counter(headers["webhook-id"] for headers in self.receiver.headers)

    def orders(self) -> dict[str, tuple[str, ...]]:
        """By account: the types of its events as they came first."""
        seen: dict[str, Any] = {}
        for event in self.receiver.events:
            seen.setdefault(event["id"], event)
        types: dict[str, tuple[str, ...]] = {}
        for event in seen.values():
            account = event["data"]["order"]["account"]
            types[account] = (*types.get(account, ()), event["type"])
        return types


@asynccontextmanager
async def deliveries_in(database_url: str, receiver: Receiver) -> AsyncIterator[Deliveries]:
    async with pools(database_url) as (payments, reports), delivery_pool(database_url) as engine:
        core = Core(payments, reports)
        yield Deliveries(database_url, engine, core, receiver)
        await core.close()

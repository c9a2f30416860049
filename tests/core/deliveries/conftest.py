"""The core and its queue of deliveries, without anybody who sends: the tests do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.connection_pools import delivery_pool, pools
from core.deliveries.endpoints import Endpoint, EndpointRef, Endpoints, WantedEndpoint
from core.deliveries.gaps import MissingDeliveries
from core.deliveries.queue import DeliveryQueue, Room
from core.deliveries.results import Claim, Result, Settled
from core.domain.commands import OrderRef
from core.facade import Core
from schema.values import OrderKind
from schema.webhooks import AttemptOutcome, EndpointSource
from tests.clock import Clock
from tests.core.conftest import creation, opening, performance

ROOM = Room(most=64, cold_endpoints=16, fresh=16, known={})


class Books:
    """What makes events: orders that are opened and paid."""

    def __init__(self, core: Core, clock: Clock) -> None:
        self._core = core
        self._clock = clock

    async def opens(self, account: str, kind: OrderKind = OrderKind.ONE_TIME) -> OrderRef:
        where = OrderRef("main", account)
        await self._core.do(opening(where, kind))
        return where

    async def creates(self, where: OrderRef, name: str | None = None) -> None:
        await self._core.do(creation(where, name or where.account, self._clock))

    async def performs(self, name: str) -> None:
        await self._core.do(performance(name))

    async def pays(self, account: str) -> None:
        """Two events of one order."""
        where = await self.opens(account)
        await self.creates(where)
        await self.performs(account)


class Sender:
    """Claims, and settles with whatever outcome the test says; nothing is sent."""

    def __init__(self, queue: DeliveryQueue, clock: Clock) -> None:
        self.queue = queue
        self._clock = clock

    async def claims(self, room: Room = ROOM) -> list[Claim]:
        return list((await self.queue.claim(room)).claims)

    async def settles(
        self, claims: Sequence[Claim], outcome: AttemptOutcome = AttemptOutcome.RECEIVED, retry_in: float | None = 5
    ) -> Settled:
        wait = None if retry_in is None else timedelta(seconds=retry_in)
        return await self.queue.settle([Result(claim, outcome, self._clock(), 1, wait) for claim in claims])

    async def sends(self, outcome: AttemptOutcome = AttemptOutcome.RECEIVED, retry_in: float | None = 5) -> list[str]:
        """Claim and settle once; the types of the events."""
        claims = await self.claims()
        if claims:
            await self.settles(claims, outcome, retry_in)
        return [claim.event for claim in claims]


@pytest.fixture
async def bare_core(database: AsyncEngine, database_url: str, clock: Clock, timeouts: None) -> AsyncIterator[Core]:
    async with pools(database_url) as (payments, reports):
        core = Core(payments, reports, clock=clock, database_clock=clock.of_database)
        yield core
        await core.close()


@pytest.fixture
def books(bare_core: Core, clock: Clock) -> Books:
    return Books(bare_core, clock)


@pytest.fixture
async def delivery_engine(database: AsyncEngine, database_url: str) -> AsyncIterator[AsyncEngine]:
    async with delivery_pool(database_url) as engine:
        yield engine


@pytest.fixture
def sender(delivery_engine: AsyncEngine, clock: Clock) -> Sender:
    return Sender(DeliveryQueue(delivery_engine, clock), clock)


@pytest.fixture
def endpoints(delivery_engine: AsyncEngine, clock: Clock) -> Endpoints:
    return Endpoints(delivery_engine, clock)


@pytest.fixture
def missing(delivery_engine: AsyncEngine, clock: Clock) -> MissingDeliveries:
    return MissingDeliveries(delivery_engine, clock)


@pytest.fixture
def registers(endpoints: Endpoints) -> Callable[..., Awaitable[Endpoint]]:
    async def register(name: str = "erp", shop: str = "main", events: Sequence[str] | None = None) -> Endpoint:
        wanted = WantedEndpoint(EndpointRef(shop, name), f"https://{name}.example.uz/", events, "print")
        return await endpoints.register(wanted, EndpointSource.API)

    return register


@pytest.fixture
def rows(database: AsyncEngine) -> Callable[..., Awaitable[list[tuple[object, ...]]]]:
    async def read(columns: str, table: str = "deliveries") -> list[tuple[object, ...]]:
        async with database.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1"))]

    return read

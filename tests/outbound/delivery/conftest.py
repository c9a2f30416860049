"""The whole gateway with its worker, and a shop that receives."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core import Endpoint, EndpointRef, WantedEndpoint
from gateway.app import OUTBOUND
from gateway.outbound import Outbound
from gateway.webhook_secrets import WebhookSecrets
from schema.values import to_ms
from schema.webhooks import EndpointSource
from tests.actors.payme import OK, Payme, new_id
from tests.actors.receiver import Receiver, receiving
from tests.actors.shop import Shop
from tests.clock import Clock

KEY = "webhook-key-of-the-tests-0123456789abcdef"


@pytest.fixture
def outbound(gateway) -> Outbound:
    return gateway.app[OUTBOUND]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def registers(outbound: Outbound, settings, receiver: Receiver) -> Callable[..., Awaitable[Endpoint]]:
    """Register an endpoint, at the receiver if nothing else is said."""

    async def register(
        name: str = "erp", url: str | None = None, shop: str = "main", events: Sequence[str] | None = None
    ) -> Endpoint:
        secrets = WebhookSecrets(settings)
        wanted = WantedEndpoint(EndpointRef(shop, name), url or receiver.url, events, secrets.fingerprint)
        endpoint = await outbound.endpoints.register(wanted, EndpointSource.API)
        outbound.wake()
        return endpoint

    return register


@pytest.fixture
def rows(database: AsyncEngine) -> Callable[..., Awaitable[list[tuple[object, ...]]]]:
    async def read(columns: str, table: str = "deliveries") -> list[tuple[object, ...]]:
        async with database.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1"))]

    return read


@pytest.fixture
def pays(shop: Shop, payme: Payme, clock: Clock) -> Callable[[str], Awaitable[None]]:
    """Two events of a new order."""

    async def pay(account: str) -> None:
        await shop.opens(account, OK)
        transaction = new_id()
        await payme.creates(transaction, to_ms(clock()), account)
        await payme.performs(transaction)

    return pay

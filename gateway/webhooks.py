"""The shops' webhooks are put together here, for the merchant API and for the operator's commands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from secrets import token_hex

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from core import (
    Clock,
    DeliveryHistory,
    Endpoint,
    Endpoints,
    Pulls,
    Replays,
    Retries,
    correlation_id,
    delivery_pool,
    moment_text,
    of_database,
    wall_clock,
)
from gateway.config.settings import Settings
from gateway.observability.masking import without_cards
from gateway.outbound import Now
from gateway.webhook_secrets import MissingKeyError, WebhookSecrets
from merchant_api import NoSecretError, ShopWebhooks
from outbound.addresses import url_problem
from outbound.webhooks.sending import DeliveryAttempt, WebhookSender
from schema.event_types import EVENT_SCHEMA, TEST
from schema.releases import this_release
from schema.test_mode import split


@dataclass(frozen=True, slots=True)
class ShownSecrets:
    """Secrets as shops are shown them."""

    secrets: WebhookSecrets
    clock: Clock

    @property
    def fingerprint(self) -> str:
        try:
            return self.secrets.fingerprint
        except MissingKeyError as error:
            raise NoSecretError(str(error)) from None

    def text_of(self, endpoint: Endpoint) -> str:
        try:
            return self.secrets.text_of(endpoint, self.clock())
        except MissingKeyError as error:
            raise NoSecretError(str(error)) from None


def shop_webhooks(
    settings: Settings,
    engine: AsyncEngine,
    now: Now,
    clock: Clock = wall_clock,
    wake: Callable[[], None] = lambda: None,
) -> ShopWebhooks:
    """Put them together. `engine`: of `delivery_pool`; `now`: the clock of deliveries."""
    secrets = WebhookSecrets(settings)
    return ShopWebhooks(
        endpoints=Endpoints(engine, now),
        history=DeliveryHistory(engine),
        retries=Retries(engine, now),
        replays=Replays(engine, now),
        pulls=Pulls(engine, now),
        secrets=ShownSecrets(secrets, clock),
        url_problem=partial(url_problem, allowed=settings.webhook_allowed_networks),
        send_test=partial(_send_test, settings, secrets, clock),
        wake=wake,
    )


@asynccontextmanager
async def open_webhooks(settings: Settings, database_url: str) -> AsyncIterator[ShopWebhooks]:
    """Open them alone, for the operator's commands."""
    async with delivery_pool(database_url, pooled=settings.database_pooled) as engine:
        yield shop_webhooks(settings, engine, of_database)


async def _send_test(settings: Settings, secrets: WebhookSecrets, clock: Clock, endpoint: Endpoint) -> DeliveryAttempt:
    at, event_id = clock(), f"evt_test_{token_hex(8)}"
    assert endpoint.url is not None
    shop, is_test = split(endpoint.shop)
    body = {
        "id": event_id,
        "type": TEST,
        "timestamp": moment_text(at),
        "schema": EVENT_SCHEMA,
        "shop": shop,
        "test": is_test,
        "data": {"webhook": endpoint.name},
    }
    try:
        signed_with = secrets.of(endpoint, at)
    except MissingKeyError as error:
        raise NoSecretError(str(error)) from None
    networks, ca_file = settings.webhook_allowed_networks, settings.webhook_ca_file
    # It reads the system's certificates, for which payments must not wait.
    sending = await asyncio.to_thread(WebhookSender, networks, ca_file, without_cards, f"tiyin/{this_release()}")
    async with sending as sender:
        return await sender.send(
            endpoint.url,
            event_id,
            int(at.timestamp()),
            orjson.dumps(body),
            signed_with,
            correlation_id.get() or event_id,
        )

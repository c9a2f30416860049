"""The context of webhooks holds what its calls need: endpoints, deliveries, secrets, rules of addresses, a sender."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from core import DeliveryHistory, Endpoint, Endpoints, Pulls, Replays, Retries, TryAgain, in_words
from merchant_api.context import CONTEXT
from merchant_api.read_slots import ReadSlots
from schema.webhooks import AttemptOutcome


class NoSecretError(Exception):
    """There is nothing that the endpoint's secret could be derived from; the text says what to do."""


class EndpointSecrets(Protocol):
    """Knows what endpoints' events are signed with."""

    @property
    def fingerprint(self) -> str:
        """Of the key that new secrets are derived from. Raises NoSecretError."""

    def text_of(self, endpoint: Endpoint) -> str:
        """Return the secret as a shop is given it, `whsec_…`. Raises NoSecretError."""


class TestAttempt(Protocol):
    """What came of a test."""

    @property
    def outcome(self) -> AttemptOutcome: ...
    @property
    def milliseconds(self) -> int: ...
    @property
    def status(self) -> int | None: ...
    @property
    def note(self) -> str | None: ...
    @property
    def answer(self) -> str | None: ...
    @property
    def address(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ShopWebhooks:
    """The endpoints of all shops, their deliveries, and what is done with them."""

    endpoints: Endpoints
    history: DeliveryHistory
    retries: Retries
    replays: Replays
    pulls: Pulls
    secrets: EndpointSecrets
    url_problem: Callable[[str], str | None]
    """Why an endpoint may not have this URL, in a sentence."""
    send_test: Callable[[Endpoint], Awaitable[TestAttempt]]
    wake: Callable[[], None]
    """Have those who send look at once for what is due."""


WEBHOOKS: Final = web.AppKey("merchant_api_webhooks", ShopWebhooks)


TESTS: Final = web.AppKey("merchant_api_webhook_tests", ReadSlots)
"""A shop sends one test at a time: each calls whatever address it says, and may take a while."""


@asynccontextmanager
async def one_read(request: web.Request, shop: str) -> AsyncIterator[ShopWebhooks]:
    """Hold one of the shop's slots. Raises TryAgain where the database does not answer, or must not be asked."""
    context = request.app[CONTEXT]
    await context.core.restores.admit()
    async with context.reads.one_of(shop):
        try:
            yield request.app[WEBHOOKS]
        except Exception as error:
            if in_words(error) is None:
                raise
            raise TryAgain from error

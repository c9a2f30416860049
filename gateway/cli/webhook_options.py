"""The commands about webhooks take these arguments, and reach the endpoints this way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gateway.cli.common import Failure, database, shop_of, shown_shop
from gateway.config.settings import Settings, load

if TYPE_CHECKING:
    from core import Endpoint, EndpointRef
    from merchant_api import ShopWebhooks

T = TypeVar("T")

Name = Annotated[str, typer.Argument(help="The endpoint's name: 1 to 32 of a-z, 0-9 and -, which is not the first.")]
Event = Annotated[str, typer.Argument(help="The event's id: evt_1234, as in the header webhook-id.")]
Types = Annotated[list[str] | None, typer.Option("--event", help="A type of events; may be given several times.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]

OF_SETTINGS = "Endpoint {name!r} is one of the settings: change it there, in WEBHOOK_… or [shops.….webhooks.{name}]."


def with_webhooks(settings: Settings, ask: "Callable[[ShopWebhooks], Awaitable[T]]") -> T:
    """Ask the endpoints of the database."""
    from gateway.webhooks import open_webhooks
    from merchant_api import NoSecretError

    async def act(url: str) -> T:
        async with open_webhooks(settings, url) as webhooks:
            return await ask(webhooks)

    with database(settings) as url:
        try:
            return asyncio.run(act(url))
        except NoSecretError as error:
            raise Failure(str(error)) from None


def endpoint_of(name: str, shop: str | None, *, test: bool) -> "tuple[Settings, EndpointRef]":
    """Return the settings, and which endpoint is meant."""
    from core import EndpointRef

    chosen = load()
    return chosen, EndpointRef(shop_of(chosen, shop, test=test), name)


async def known(
    webhooks: "ShopWebhooks", settings: Settings, ref: "EndpointRef", *, changes: bool = False
) -> "Endpoint":
    """Return the endpoint as it stands. `changes`: something is to be changed that the settings may say."""
    from schema.webhooks import EndpointSource

    endpoint = await webhooks.endpoints.get(ref)
    if endpoint is None:
        raise Failure(f"There is no endpoint {ref.name!r} in shop {shown_shop(settings, ref.shop)}.")
    if changes and endpoint.source is EndpointSource.SETTINGS:
        raise Failure(OF_SETTINGS.format(name=ref.name))
    return endpoint


def event_id(text: str) -> int:
    """Read `evt_1234`, or the number alone."""
    number = text.removeprefix("evt_")
    if not (number.isascii() and number.isdecimal() and len(number) <= 18):
        raise Failure(f"{text!r} is no event's id: it looks like evt_1234.")
    return int(number)

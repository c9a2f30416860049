"""`tiyin webhook deliveries|retry|replay` show what became of events, and have them sent again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, shop_of, shown_shop
from gateway.cli.order_options import ShopName, TestMode
from gateway.cli.output import echo, echo_json
from gateway.cli.webhook_options import AsJson, Event, Name, Types, endpoint_of, event_id, known, with_webhooks
from gateway.config.settings import load
from inbound.account_text import is_account_text
from schema.webhooks import DeliveryState, ReplayChoice, ReplayState

if TYPE_CHECKING:
    from core import PastDelivery, Replay
    from merchant_api import ShopWebhooks

PAGES_MAX: Final = 10_000
"""Of a table that is gone through for one list: hundreds of millions of rows."""

MOMENT: Final = "A moment with its offset (2026-11-28T10:00:00+05:00)"


def deliveries(
    name: Annotated[str | None, typer.Argument(help="The endpoint; without it those of all.")] = None,
    state: Annotated[DeliveryState | None, typer.Option(help="Only deliveries in this state.")] = None,
    account: Annotated[str | None, typer.Option(help="Only of the order with this account.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many deliveries, newest first.")] = 20,
    as_json: AsJson = False,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """List what became of a shop's events at its endpoints."""
    chosen = load()
    stored = shop_of(chosen, shop, test=test)
    if account is not None and not is_account_text(account):
        raise Failure("--account must be 1-255 characters, none a control character.")

    async def read(webhooks: "ShopWebhooks") -> "list[PastDelivery]":
        if name is not None:
            from core import EndpointRef

            await known(webhooks, chosen, EndpointRef(stored, name))
        found: list[PastDelivery] = []
        after = None
        for _ in range(PAGES_MAX):
            page = await webhooks.history.page(stored, name, state, account, limit - len(found), after)
            found += page.deliveries
            after = page.next
            if after is None or len(found) >= limit:
                break
        return found

    found = with_webhooks(chosen, read)
    if as_json:
        from merchant_api.webhook_answers import delivery_body

        echo_json([delivery_body(delivery).model_dump(mode="json") for delivery in found])
    elif found:
        from gateway.cli.webhook_tables import deliveries_table, show_table

        show_table(deliveries_table(found))
    else:
        echo(f"No such delivery in shop {shown_shop(chosen, stored)}.")


def retry(
    event: Event,
    name: Annotated[str | None, typer.Option("--endpoint", help="To this endpoint only.")] = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Send an event again, with the same id, whatever became of it; one that waits for its retry at once."""
    chosen = load()
    stored, number = shop_of(chosen, shop, test=test), event_id(event)

    async def send(webhooks: "ShopWebhooks") -> tuple[tuple[str, ...], tuple[str, ...]]:
        if name is not None:
            from core import EndpointRef

            await known(webhooks, chosen, EndpointRef(stored, name))
        return await webhooks.retries.retry(stored, number, name)

    due, in_flight = with_webhooks(chosen, send)
    if not (due or in_flight):
        where = "" if name is None else f" for endpoint {name!r}"
        raise Failure(
            f"Shop {shown_shop(chosen, stored)} has no delivery of evt_{number}{where}."
            " An endpoint gets what it never had by `tiyin webhook replay`."
        )
    if due:
        echo(f"evt_{number} is sent again to {', '.join(due)}.")
    if in_flight:
        echo(f"evt_{number} is just being sent to {', '.join(in_flight)}: nothing was changed.")


def replay(
    name: Name,
    since: Annotated[str, typer.Option(help=f"{MOMENT}.")],
    until: Annotated[str | None, typer.Option(help=f"{MOMENT}, at most 30 days later; without it now.")] = None,
    which: Annotated[
        ReplayChoice, typer.Option(help="What was given up, what the endpoint never had, or all.")
    ] = ReplayChoice.MISSING,
    types: Types = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Send an endpoint the events of a time again, with their ids, or those that it never had."""
    from core import ReplayRangeError, ReplayRunningError, wall_clock

    chosen, ref = endpoint_of(name, shop, test=test)
    begin, end = _moment("--since", since), wall_clock() if until is None else _moment("--until", until)

    async def ask(webhooks: "ShopWebhooks") -> "Replay":
        await known(webhooks, chosen, ref)
        try:
            asked = await webhooks.replays.ask(ref, begin, end, which, _known_types(types), asked_by="operator")
        except ReplayRunningError:
            raise Failure(f"A replay for endpoint {name!r} is under way: `tiyin webhook show` says how far.") from None
        except ReplayRangeError:
            raise Failure("--since must be in the past and before --until, by 30 days at most.") from None
        assert asked is not None
        for _ in range(PAGES_MAX):
            (newest, *_others) = await webhooks.replays.of(ref)
            if newest.state is ReplayState.ENDED:
                return newest
            await webhooks.replays.run()
        return newest

    replayed = with_webhooks(chosen, ask).replayed
    echo(f"{replayed} event{'' if replayed == 1 else 's'} will be sent to {name}.")


def _moment(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = f"{option} must be a moment with its offset from UTC, such as 2026-11-28T10:00:00+05:00."
        raise Failure(sentence) from None


def _known_types(types: list[str] | None) -> list[str] | None:
    from schema.event_types import SENTENCES

    unknown = sorted(set(types or ()) - SENTENCES.keys())
    if unknown:
        raise Failure(f"There is no type {', '.join(unknown)} of events; there are {', '.join(SENTENCES)}.")
    return types or None

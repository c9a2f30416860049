"""`tiyin webhook` says where a shop's events are sent: endpoints are added, shown, changed and tried."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.common import Failure, shop_of, shown_shop
from gateway.cli.order_options import ShopName, TestMode
from gateway.cli.output import echo, echo_json
from gateway.cli.webhook_options import AsJson, Name, Types, endpoint_of, known, with_webhooks
from gateway.config.settings import load
from schema.webhooks import AttemptOutcome, DisabledReason, EndpointSource

if TYPE_CHECKING:
    from core import Endpoint, EndpointRef, WantedEndpoint
    from merchant_api import ShopWebhooks
    from merchant_api.webhook_context import TestAttempt

webhook = typer.Typer(help="Say where a shop's events are sent, and see what became of them.", no_args_is_help=True)

SHOWN_AGAIN: Final = "Its secret, for the receiving side, follows (again: `tiyin webhook show {name} --secret`):"
WORDS: Final = {
    AttemptOutcome.RECEIVED: "Received",
    AttemptOutcome.REFUSED: "Refused",
    AttemptOutcome.GONE: "Refused for good",
    AttemptOutcome.UNAVAILABLE: "Not now",
    AttemptOutcome.NAME: "Not sent: the host's name was not resolved",
    AttemptOutcome.ADDRESS: "Not sent",
    AttemptOutcome.CONNECT: "Not sent: there was no connection",
    AttemptOutcome.TLS: "Not sent: TLS failed",
    AttemptOutcome.RESET: "No answer: the connection ended",
    AttemptOutcome.TIMEOUT: "No answer in time",
}


@webhook.command()
def add(
    name: Name,
    url: Annotated[str | None, typer.Argument(help="Where events are sent.")] = None,
    pull: Annotated[bool, typer.Option("--pull", help="Send nothing: the shop takes its events by the API.")] = False,
    types: Types = None,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Register an endpoint, and print the secret that its events are signed with."""
    from core import ENDPOINTS_MAX, EndpointExistsError, TooManyEndpointsError
    from merchant_api.webhook_request import read_webhook

    chosen = load()
    stored = shop_of(chosen, shop, test=test)
    if (url is None) is not pull:
        raise Failure("Give a URL to which events are sent, or --pull.")

    async def register(webhooks: "ShopWebhooks") -> "tuple[Endpoint, str]":
        asked = {"name": name, "url": url, "events": types or None}
        wanted = _by_the_rules(lambda: read_webhook(stored, asked, webhooks.url_problem))
        wanted = wanted._replace(key_print=webhooks.secrets.fingerprint)
        try:
            endpoint = await webhooks.endpoints.register(wanted, EndpointSource.OPERATOR)
        except EndpointExistsError:
            where = f"Shop {shown_shop(chosen, stored)} has an endpoint {name!r}"
            raise Failure(f"{where}: remove it first, or give another name.") from None
        except TooManyEndpointsError:
            raise Failure(f"A shop has {ENDPOINTS_MAX} endpoints at most: remove one first.") from None
        return endpoint, webhooks.secrets.text_of(endpoint)

    endpoint, secret = with_webhooks(chosen, register)
    echo(f"Endpoint {endpoint.name} is registered: events from now on {_goes_to(endpoint)}.")
    echo(SHOWN_AGAIN.format(name=name))
    echo(secret)


@webhook.command("list")
def list_(
    as_json: AsJson = False,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """List the endpoints of a shop."""
    from gateway.cli.webhook_tables import endpoints_table, show_table

    chosen = load()
    stored = shop_of(chosen, shop, test=test)
    endpoints = with_webhooks(chosen, lambda webhooks: webhooks.endpoints.of([stored]))
    if as_json:
        from merchant_api.webhook_answers import webhook_body

        echo_json([webhook_body(endpoint).model_dump(mode="json") for endpoint in endpoints])
    elif endpoints:
        show_table(endpoints_table(endpoints))
    else:
        echo(f"Shop {shown_shop(chosen, stored)} has no endpoint: `tiyin webhook add` registers one.")


@webhook.command()
def show(
    name: Name,
    secret: Annotated[bool, typer.Option("--secret", help="Print the secret, and nothing else.")] = False,
    as_json: AsJson = False,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Show an endpoint: how it stands, and what waits for it."""
    chosen, ref = endpoint_of(name, shop, test=test)

    async def read(webhooks: "ShopWebhooks") -> None:
        from gateway.cli.webhook_tables import endpoint_table, show_table
        from merchant_api.webhook_answers import status_body

        endpoint = await known(webhooks, chosen, ref)
        if secret:
            echo(webhooks.secrets.text_of(endpoint))
            return
        counts, replays = await webhooks.history.counts(*ref), await webhooks.replays.of(ref)
        if as_json:
            echo_json(status_body(endpoint, counts, replays).model_dump(mode="json"))
        else:
            show_table(endpoint_table(shown_shop(chosen, ref.shop), endpoint, counts, replays))

    with_webhooks(chosen, read)


@webhook.command()
def enable(name: Name, shop: ShopName = None, test: TestMode = False) -> None:
    """Let an endpoint be sent to again; what has waited is sent soon."""
    endpoint = _changed(name, shop, test=test, change=lambda webhooks, ref: webhooks.endpoints.enable(ref))
    becomes = "is sent to it" if endpoint.url else "can be pulled"
    echo(f"Endpoint {endpoint.name} is enabled: what has waited {becomes}, too.")


@webhook.command()
def disable(name: Name, shop: ShopName = None, test: TestMode = False) -> None:
    """Send an endpoint nothing. Its events wait, those to come too, for thirty days."""
    reason = DisabledReason.OPERATOR
    endpoint = _changed(name, shop, test=test, change=lambda webhooks, ref: webhooks.endpoints.disable(ref, reason))
    echo(f"Endpoint {endpoint.name} is disabled: its events wait until `tiyin webhook enable {endpoint.name}`.")


@webhook.command()
def remove(name: Name, shop: ShopName = None, test: TestMode = False) -> None:
    """Remove an endpoint for good. What waits for it is not sent any more."""
    endpoint = _changed(
        name, shop, test=test, is_of_settings=True, change=lambda webhooks, ref: webhooks.endpoints.remove(ref)
    )
    echo(f"Endpoint {endpoint.name} is removed.")


@webhook.command()
def rotate(
    name: Name,
    keep_hours: Annotated[
        int, typer.Option(min=0, max=168, help="Hours for which the former secret signs along.")
    ] = 24,
    shop: ShopName = None,
    test: TestMode = False,
) -> None:
    """Give an endpoint a new secret, and print it. Events are signed with both until the receiving side has it."""
    chosen, ref = endpoint_of(name, shop, test=test)

    async def change(webhooks: "ShopWebhooks") -> str:
        await known(webhooks, chosen, ref, changes=True)
        endpoint = await webhooks.endpoints.rotate(ref, timedelta(hours=keep_hours), webhooks.secrets.fingerprint)
        assert endpoint is not None
        return webhooks.secrets.text_of(endpoint)

    secret = with_webhooks(chosen, change)
    former = f"signs along for {keep_hours} hours" if keep_hours else "is of no use any more"
    echo(f"The former secret {former}. The new one, for the receiving side:")
    echo(secret)


@webhook.command("test")
def try_(name: Name, as_json: AsJson = False, shop: ShopName = None, test: TestMode = False) -> None:
    """Send an event endpoint.test at once, and say what came back. It is not stored, and never sent again."""
    chosen, ref = endpoint_of(name, shop, test=test)

    async def send(webhooks: "ShopWebhooks") -> "TestAttempt":
        endpoint = await known(webhooks, chosen, ref)
        if endpoint.url is None:
            raise Failure(f"Endpoint {name!r} has no URL: nothing is sent to it, the shop pulls.")
        return await webhooks.send_test(endpoint)

    attempt = with_webhooks(chosen, send)
    if as_json:
        from merchant_api.webhook_answers import test_body

        echo_json(test_body(attempt).model_dump(mode="json"))
    else:
        echo(outcome_words(attempt))
    if attempt.outcome is not AttemptOutcome.RECEIVED:
        raise typer.Exit(1)


def outcome_words(attempt: "TestAttempt") -> str:
    """Say what came of an attempt."""
    answered = "" if attempt.status is None else f", answered {attempt.status}"
    words = f"{WORDS[attempt.outcome]}{answered} after {attempt.milliseconds} ms."
    answer = attempt.answer.strip().partition("\n")[0][:200] if attempt.answer else ""
    return " ".join(filter(None, (words, attempt.note, answer and f"It has answered: {answer}")))


def _changed(
    name: str,
    shop: str | None,
    *,
    test: bool,
    change: "Callable[[ShopWebhooks, EndpointRef], Awaitable[Endpoint | None]]",
    is_of_settings: bool = False,
) -> "Endpoint":
    """Change it. `is_of_settings`: that is for the settings to say, where it is theirs."""
    chosen, ref = endpoint_of(name, shop, test=test)

    async def act(webhooks: "ShopWebhooks") -> "Endpoint":
        endpoint = await known(webhooks, chosen, ref, changes=is_of_settings)
        return await change(webhooks, ref) or endpoint

    return with_webhooks(chosen, act)


def _by_the_rules(read: "Callable[[], WantedEndpoint]") -> "WantedEndpoint":
    from merchant_api.errors import Problem

    try:
        return read()
    except Problem as problem:
        wrong = (f"{error.field}: {error.message.rstrip('.')}" for error in problem.field_errors)
        raise Failure("; ".join(wrong) + ".") from None


def _goes_to(endpoint: "Endpoint") -> str:
    return "are sent to it" if endpoint.url else "wait for being pulled"

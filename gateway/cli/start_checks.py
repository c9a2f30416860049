"""Start checks ask, before anything is served, whether the server can keep payments and the settings serve them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.cli.common import Failure, shown_shop
from gateway.cli.output import say
from gateway.config.settings import Settings
from gateway.printable_text import printable

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from core import Endpoint, ServerSettings

T = TypeVar("T")

NOT_STARTED: Final = (
    "Not started: the providers' calls about these payments would be refused, and payers might have paid for nothing."
    " Bring the settings back, or start all the same with `tiyin serve --anyway`."
)

ANOTHER_KEY: Final = (
    "WEBHOOK_KEY is not the one from which the secrets of these webhook endpoints were derived: {names}. What is signed"
    " by another would be refused there. Bring the former key back (where none was set it is the file webhook.key under"
    " TIYIN_HOME), or give it as WEBHOOK_KEY_PREVIOUS until each was rotated: `tiyin webhook rotate`."
)

NOT_ASKED: Final = "Whether {} is not known: the database could not be asked ({})."


def check_before_start(settings: Settings, url: str, host: str, *, anyway: bool) -> None:
    """Say what is open or not durable, and which payments no setting serves. Raises Failure where that must not be.

    Where the database cannot be asked the start goes on: readiness says what is wrong with it.
    """
    from gateway.cli.start_notice import start_notice

    server = _ask_server(settings, url)
    if notice := start_notice(settings, host, server, anyway=anyway):
        say(notice)
    if server is None:
        return  # nor would the tables be read
    _check_payments(settings, url, anyway=anyway)
    require_webhook_settings(settings, url)


def require_fit_server(settings: Settings, url: str) -> None:
    """Raise Failure where the server can keep no payments, or not all. One that does not answer is passed over."""
    _ask_server(settings, url, quietly=True)


def _ask_server(settings: Settings, url: str, *, quietly: bool = False) -> "ServerSettings | None":
    from core import server_settings

    server = _ask(settings, url, server_settings, "the server can keep payments", quietly=quietly)
    if server is not None and server.unfit:
        raise Failure(" ".join(server.unfit))
    return server


def _check_payments(settings: Settings, url: str, *, anyway: bool) -> None:
    from core import stored_groups, wall_clock
    from gateway.unserved_payments import unserved

    now = wall_clock()
    groups = _ask(settings, url, lambda engine: stored_groups(engine, now), "the settings serve every payment")
    found = unserved(settings, *groups) if groups else []
    for one in found:
        say(printable(one.sentence))
    if any(one.is_money_pending for one in found) and not anyway:
        raise Failure(NOT_STARTED)


def _ask(
    settings: Settings,
    url: str,
    question: "Callable[[AsyncEngine], Awaitable[T]]",
    what: str,
    *,
    quietly: bool = False,
) -> T | None:
    """Ask on a connection of its own; None if the database cannot be asked, which is said unless `quietly`."""
    from core import in_words, make_engine

    async def ask() -> T:
        engine = make_engine(url, 1, pooled=settings.database_pooled)
        try:
            return await question(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(ask())
    except Exception as error:
        reason = in_words(error)
        if reason is None:
            raise
        if not quietly:
            say(NOT_ASKED.format(what, reason))
        return None


def require_webhook_settings(settings: Settings, url: str) -> None:
    """Raise Failure where secrets of endpoints are to be derived, and the key is missing or another one.

    Likewise where the certificates of WEBHOOK_CA_FILE cannot be read.
    """
    from gateway.webhook_secrets import MissingKeyError, WebhookSecrets
    from outbound.http import tls_context

    if settings.webhook_ca_file is not None:
        try:
            tls_context(settings.webhook_ca_file)
        except ValueError as error:
            raise Failure(f"WEBHOOK_CA_FILE: {error}") from None
    secrets = WebhookSecrets(settings)
    try:
        if any(webhook.secret is None for shop in settings.shops.values() for webhook in shop.webhooks.values()):
            _ = secrets.fingerprint
        unknown = [e for e in _ask_endpoints(settings, url) if not secrets.knows(e.key_print)]
    except MissingKeyError as error:
        raise Failure(str(error)) from None
    if unknown:
        names = ", ".join(sorted({f"{e.name} of {shown_shop(settings, e.shop)}" for e in unknown}))
        raise Failure(ANOTHER_KEY.format(names=names))


def _ask_endpoints(settings: Settings, url: str) -> "Sequence[Endpoint]":
    from core import Endpoints

    return _ask(settings, url, lambda engine: Endpoints(engine).all(), "the webhooks' key is the right one") or ()

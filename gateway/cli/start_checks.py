"""Start checks ask, before anything is served, whether the server can keep payments and the settings serve them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.cli.common import Failure
from gateway.cli.output import say
from gateway.config.settings import Settings
from gateway.printable_text import printable

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from core import ServerSettings

T = TypeVar("T")

NOT_STARTED: Final = (
    "Not started: the providers' calls about these payments would be refused, and payers might have paid for nothing."
    " Bring the settings back, or start all the same with `tiyin serve --anyway`."
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

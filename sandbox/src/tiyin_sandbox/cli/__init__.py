"""The sandbox's command line: `tiyin-sandbox`, which is also `tiyin sandbox`."""

import sys
import traceback
from importlib.metadata import version

import typer

from tiyin_sandbox.cli.click import click
from tiyin_sandbox.cli.execution import COULD_NOT_RUN
from tiyin_sandbox.cli.payme import payme

HELP = "Payme's and Click's test cabinets: call any gateway and see what is wrong with its answers."

app = typer.Typer(name="sandbox", help=HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.command()(payme)
app.command()(click)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tiyin-sandbox {version('tiyin-sandbox')}")
        raise typer.Exit


@app.callback(help=HELP)
def _sandbox(
    version: bool = typer.Option(
        False, "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Typer needs it to take one command among several."""


def main() -> None:
    """Run `tiyin-sandbox`. A bug of its own ends with 2, which no CI takes for a failed check."""
    try:
        app()
    except Exception:
        traceback.print_exc()
        sys.exit(COULD_NOT_RUN)

"""`tiyin serve` serves the interfaces."""

import typer

from gateway.cli.common import address, schema_to_serve_on
from gateway.cli.output import say
from gateway.config.settings import load


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
    from gateway.cli.start_checks import check_before_start
    from gateway.server.serve import run
    from gateway.shops import warnings

    for warning in warnings(chosen):
        say(warning)
    with address(chosen, may_create=True) as url:
        schema = schema_to_serve_on(chosen, url)
        if schema.is_newer:
            say(schema.newer_release)
        check_before_start(chosen, url, host or chosen.host, anyway=anyway)
        status = run(chosen, url, host or chosen.host, chosen.port if port is None else port, workers, schema=schema)
    raise typer.Exit(status)

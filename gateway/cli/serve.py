"""`tiyin serve`."""

import typer

from gateway.cli.common import database, say, settings


def serve(
    host: str | None = typer.Option(None, help="Address to listen on; otherwise HOST."),
    port: int | None = typer.Option(None, min=0, max=65535, help="Port to listen on; otherwise PORT."),
    workers: int = typer.Option(1, min=1, max=64, help="Processes that serve."),
) -> None:
    """Serve Payme, Click and the shop until a signal says to stop."""
    chosen = settings()
    from gateway.server.serve import run
    from gateway.shops import warnings

    for warning in warnings(chosen):
        say(warning)
    with database(chosen) as url:
        status = run(chosen, url, host or chosen.host, chosen.port if port is None else port, workers)
    raise typer.Exit(status)

"""`tiyin worker` runs a worker as a process of its own."""

import typer

from gateway.cli.common import address, schema_to_serve_on
from gateway.cli.output import say
from gateway.config.settings import load


def worker(
    host: str | None = typer.Option(None, help="The address of its health and metrics instead of HOST."),
    port: int | None = typer.Option(None, min=0, max=65535, help="Their port instead of WORKER_PORT."),
) -> None:
    """Send events to shops, end what has expired, delete what is old, until SIGTERM or SIGINT.

    Set OUTBOUND=worker for those who serve: they leave the sending to it. Two or more may run.
    """
    chosen = load()
    from gateway.cli.start_checks import require_webhook_settings
    from gateway.server.worker import run

    with address(chosen) as url:
        schema = schema_to_serve_on(chosen, url)
        if schema.is_newer:
            say(schema.newer_release)
        require_webhook_settings(chosen, url)
        status = run(chosen, url, host or chosen.host, chosen.worker_port if port is None else port, schema)
    raise typer.Exit(status)

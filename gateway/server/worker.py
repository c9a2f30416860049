"""This module runs a worker, from a bound socket for its health and metrics to the exit status."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from gateway.config.settings import Settings
from gateway.server.process import ExitStatus, new_loop
from gateway.server.serve import prepared, serve_until_stopped

if TYPE_CHECKING:
    from gateway.database.schema_state import SchemaState


def run(settings: Settings, database_url: str, host: str, port: int, schema: "SchemaState | None" = None) -> int:
    """Work until a signal says to stop. Returns the exit status; what went wrong is said on stderr."""
    with prepared(settings, host, port, schema, "WORKER_PORT") as listener:
        if listener is None:
            return ExitStatus.FAILED
        from gateway.worker import build_worker

        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(serve_until_stopped(settings, listener, partial(build_worker, settings, database_url)))

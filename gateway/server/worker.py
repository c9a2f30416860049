"""This module runs a worker, from a bound socket for its health and metrics to the exit status."""

import asyncio
import socket
from typing import TYPE_CHECKING

from gateway.config.settings import Settings
from gateway.http.url import url_of
from gateway.server.garbage import collect_rarely
from gateway.server.process import (
    ExitStatus,
    StopSignals,
    announce_listening,
    new_loop,
    shutdown_seconds,
    stop_gracefully,
)
from gateway.server.runner import Runner
from gateway.server.serve import prepared

if TYPE_CHECKING:
    from gateway.database.schema_state import SchemaState


def run(settings: Settings, database_url: str, host: str, port: int, schema: "SchemaState | None" = None) -> int:
    """Work until a signal says to stop. Returns the exit status; what went wrong is said on stderr."""
    with prepared(settings, host, port, schema, "WORKER_PORT") as listener:
        if listener is None:
            return ExitStatus.FAILED
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_work(settings, database_url, listener))


async def _work(settings: Settings, database_url: str, listener: socket.socket) -> ExitStatus:
    from gateway.http.health import READINESS
    from gateway.jobs.database_watch import watch_embedded
    from gateway.worker import build_worker

    signals = StopSignals()
    app = await build_worker(settings, database_url)
    if settings.database_url is None:
        watch_embedded(app, settings.tiyin_home)
    runner = Runner(app, shutdown_seconds(settings.drain_seconds), [listener])
    collect_rarely()
    await runner.setup()
    announce_listening(url_of(*listener.getsockname()[:2]), 1, None)
    await signals.first.wait()
    return await stop_gracefully(signals, settings.drain_seconds, app[READINESS].begin_draining, runner.cleanup)

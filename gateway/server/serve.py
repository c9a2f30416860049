"""This module serves calls with one process or several, from a bound socket to the exit status."""

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.config.settings import Settings
from gateway.http.url import url_of
from gateway.observability import logs
from gateway.observability.log_writer import why_not_writable
from gateway.server import descriptors
from gateway.server.garbage import collect_rarely
from gateway.server.listener import BACKLOG, RECEIVE_BYTES
from gateway.server.process import (
    Announce,
    ExitStatus,
    StopSignals,
    announce_listening,
    new_loop,
    shutdown_seconds,
    stop_gracefully,
)
from gateway.server.runner import Runner

if TYPE_CHECKING:
    from gateway.database.schema_state import SchemaState

log = logging.getLogger(__name__)


def run(
    settings: Settings,
    database_url: str,
    host: str,
    port: int,
    workers: int,
    announce: Announce | None = None,
    schema: "SchemaState | None" = None,
) -> int:
    """Serve until a signal says to stop. Returns the exit status; what went wrong is said on stderr.

    `schema`: that of the database, which is warned of in the log, once for all processes, if it is a newer release's.
    """
    with prepared(settings, host, port, schema) as listener:
        if listener is None:
            return ExitStatus.FAILED
        if workers > 1:
            from gateway.server.workers import run_workers  # it sets up the metrics' files before they are imported

            return run_workers(settings, database_url, listener, workers, announce)
        from gateway.app import build_app

        with asyncio.Runner(loop_factory=new_loop) as runner:
            build = partial(build_app, settings, database_url)
            return runner.run(serve_until_stopped(settings, listener, build, announce))


@contextmanager
def prepared(
    settings: Settings, host: str, port: int, schema: "SchemaState | None", port_setting: str = "PORT"
) -> Iterator[socket.socket | None]:
    """Open the listening socket and the logs; None where one cannot be opened, which is said on stderr."""
    try:
        listener = listen(host, port)
    except OSError as error:
        print(_why_not(error, host, port, port_setting), file=sys.stderr)  # noqa: T201 - the operator's terminal
        yield None
        return
    if settings.payments_log is not None and (reason := why_not_writable(settings.payments_log)):
        print(_no_payments_log(settings.payments_log, reason), file=sys.stderr)  # noqa: T201 - the operator's terminal
        listener.close()
        yield None
        return
    logs.configure(settings.log_level, settings.payments_log)
    if schema is not None and schema.is_newer:
        what = {"revision": schema.revision, "serves_from": str(schema.oldest), "hint": schema.newer_release}
        log.warning("schema of a newer release", extra=what)
    descriptors.raise_limit()
    try:
        yield listener
    finally:
        listener.close()
        logs.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: taken before anything else is begun, and never shared with another program."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)  # those that it accepts inherit it
    return listener


async def serve_until_stopped(
    settings: Settings,
    listener: socket.socket,
    build: Callable[[], Awaitable[web.Application]],
    announce: Announce | None = None,
) -> ExitStatus:
    """Serve the application that is built until a signal says to stop; of an embedded database, watch it meanwhile."""
    from gateway.http.health import READINESS
    from gateway.jobs.database_watch import watch_embedded

    signals = StopSignals()
    app = await build()
    if settings.database_url is None:
        watch_embedded(app, settings.tiyin_home)
    runner = Runner(app, shutdown_seconds(settings.drain_seconds), [listener])
    collect_rarely()
    await runner.setup()
    announce_listening(url_of(*listener.getsockname()[:2]), 1, announce)
    await signals.first.wait()
    return await stop_gracefully(signals, settings.drain_seconds, app[READINESS].begin_draining, runner.cleanup)


def _no_payments_log(path: Path, reason: str) -> str:
    return (
        f"PAYMENTS_LOG cannot be written: {path} ({reason}). Make its directory, let this user write there, or name"
        " another file."
    )


def _why_not(error: OSError, host: str, port: int, setting: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is taken: stop what listens there, or choose another with {setting}."
        case errno.EACCES:
            return f"Port {port} on {host} needs privileges: choose one above 1023 with {setting}."
        case _:
            return f"Cannot listen on {host}:{port}: {error.strerror or error}."

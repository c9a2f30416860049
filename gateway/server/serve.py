"""Serving: from a bound socket to a quiet end."""

import asyncio
import errno
import logging
import signal
import socket
import sys
from contextlib import suppress
from typing import Final

from gateway.config.settings import Settings
from gateway.observability import logs
from gateway.server.connections import Runner
from gateway.server.listener import BACKLOG
from gateway.server.process import NOTICE_SECONDS, Announce, collect_rarely, new_loop, time_to_finish, where

log = logging.getLogger(__name__)

HURRIED_SECONDS: Final = 1.0
"""What is left to calls in flight after a second signal."""


def run(
    settings: Settings, database_url: str, host: str, port: int, workers: int, announce: Announce | None = None
) -> int:
    """Serve until a signal says to stop. Returns the exit status; what went wrong is said on stderr."""
    try:
        listener = listen(host, port)
    except OSError as trouble:
        print(_why_not(trouble, host, port), file=sys.stderr)  # noqa: T201 - read by whoever typed the command
        return 1
    logs.configure(settings.log_level, settings.payments_log)
    try:
        if workers > 1:
            from gateway.server.workers import run_workers  # it sets up the metrics' files before they are imported

            return run_workers(settings, database_url, listener, workers, announce)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_serve(settings, database_url, listener, announce))
    finally:
        listener.close()
        logs.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: taken before anything else is begun, and never shared with another program."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


async def _serve(settings: Settings, database_url: str, listener: socket.socket, announce: Announce | None) -> int:
    from gateway.app import build_app

    signals = _Signals()
    app = await build_app(settings, database_url)
    runner = Runner(app, time_to_finish(settings.drain_seconds), [listener])
    collect_rarely()
    await runner.setup()
    log.info("listening", extra={"url": where(listener), "processes": 1})
    if announce is not None:
        announce()
    await signals.first.wait()
    return await _drain(runner, signals, settings.drain_seconds)


async def _drain(runner: Runner, signals: "_Signals", seconds: float) -> int:
    """Say "not ready", wait a moment, take no more calls, finish those in flight, close everything."""
    from gateway.http.health import READINESS

    log.info("stopping")
    runner.app[READINESS].draining = True
    with suppress(TimeoutError):
        await asyncio.wait_for(signals.second.wait(), min(NOTICE_SECONDS, seconds / 2))
    ending = asyncio.create_task(runner.cleanup())
    hurry = asyncio.create_task(signals.second.wait())
    await asyncio.wait({ending, hurry}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        await asyncio.wait({ending}, timeout=HURRIED_SECONDS)
    hurry.cancel()
    if not ending.done():
        log.warning("stopped with calls unfinished")
        ending.cancel()
        return 1
    ending.result()
    log.info("stopped")
    return 0


class _Signals:
    """SIGTERM and SIGINT as events: the first asks to stop, the second not to dawdle."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._came)

    def _came(self) -> None:
        (self.second if self.first.is_set() else self.first).set()


def _why_not(trouble: OSError, host: str, port: int) -> str:
    match trouble.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is taken: stop what listens there, or choose another with PORT."
        case errno.EACCES:
            return f"Port {port} on {host} needs privileges: choose one above 1023 with PORT."
        case _:
            return f"Cannot listen on {host}:{port}: {trouble.strerror or trouble}."

"""Serving with several processes: gunicorn keeps them, each is a gateway of its own on the same socket.

This module sets the directory of the metrics' files and must be asked to run before prometheus_client is imported.
"""

import logging
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.worker import GunicornUVLoopWebWorker, GunicornWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from gateway.config.settings import Settings
from gateway.observability import logs
from gateway.server.connections import Runner
from gateway.server.listener import BACKLOG
from gateway.server.process import NOTICE_SECONDS, Announce, collect_rarely, time_to_finish, where

try:
    import uvloop  # noqa: F401 - gunicorn's worker imports it too late to choose

    _Base: Any = GunicornUVLoopWebWorker
except ImportError:
    _Base = GunicornWebWorker

log = logging.getLogger(__name__)

FAILED_TO_BOOT: Final = 3
"""Tells gunicorn to give up instead of starting the worker again and again."""


def run_workers(
    settings: Settings, database_url: str, listener: socket.socket, workers: int, announce: Announce | None
) -> int:
    address = where(listener)

    def ready(_: Any) -> None:
        log.info("listening", extra={"url": address, "processes": workers})
        if announce is not None:
            announce()

    with metrics_directory(settings.tiyin_home / "run"):
        try:
            Processes(settings, database_url, listener, workers, ready).run()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
    return 0


@contextmanager
def metrics_directory(run: Path) -> Iterator[None]:
    """A fresh directory through which the processes add up their figures; those of dead gateways are removed."""
    assert "prometheus_client" not in sys.modules, "it has already chosen to count for one process only"
    for left in run.glob("metrics-*"):
        if not Path("/proc", left.name.removeprefix("metrics-")).exists():
            shutil.rmtree(left, ignore_errors=True)
    directory = run / f"metrics-{os.getpid()}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    try:
        yield
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Processes(BaseApplication):  # type: ignore[misc]
    """gunicorn's application, configured by ours."""

    def __init__(
        self, settings: Settings, database_url: str, listener: socket.socket, workers: int, ready: Any
    ) -> None:
        self.settings = settings
        self.database_url = database_url
        self._options = {
            "bind": f"fd://{listener.detach()}",  # gunicorn takes it over
            "backlog": BACKLOG,
            "workers": workers,
            "worker_class": Worker,
            "logger_class": StandardLogger,
            "loglevel": "warning",
            "graceful_timeout": ceil(settings.drain_seconds) + 1,
            "timeout": ceil(settings.drain_seconds) + 30,  # a process that drains after a SIGHUP gives no sign of life
            "control_socket_disable": True,
            "when_ready": ready,
            "child_exit": _forget_figures,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Nothing to load beforehand: each worker builds its own."""


class Worker(_Base):  # type: ignore[misc]
    """One process: builds its gateway after the fork, and lets it drain before it ends."""

    app: Processes
    served: web.Application | None = None

    def init_process(self) -> None:
        """Everything that the process does. It ends here: what the parent would do at its own end is not ours to do."""
        status = FAILED_TO_BOOT
        try:
            super().init_process()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        except BaseException:
            log.exception("worker failed")
            status = 1 if self.booted else FAILED_TO_BOOT
        finally:
            logs.close()
            os._exit(status)

    def load_wsgi(self) -> None:
        self.wsgi = self._build

    async def _build(self) -> Runner:
        from gateway.app import build_app

        self.served = await build_app(self.app.settings, self.app.database_url)
        collect_rarely()
        listeners: list[Any] = self.sockets
        self.sockets: list[Any] = []  # ours to take from, not aiohttp's
        return Runner(self.served, time_to_finish(self.app.settings.drain_seconds), listeners)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: say "not ready", wait a moment, then stop as a second signal or a SIGQUIT does at once."""
        if self._announced_the_end():
            return self._stop()
        self.loop.call_later(min(NOTICE_SECONDS, self.app.settings.drain_seconds / 2), self._stop)
        return None

    def handle_quit(self, sig: int, frame: Any) -> None:
        self._announced_the_end()
        self._stop()

    def _announced_the_end(self) -> bool:
        """Whether it had been announced before; it is now."""
        from gateway.http.health import READINESS

        if self.served is None:
            return True
        before = self.served[READINESS].draining
        self.served[READINESS].draining = True
        return before

    def _stop(self) -> None:
        self.alive = False
        self._notify_waiter_done()


class StandardLogger(Logger):  # type: ignore[misc]
    """gunicorn's words through the same logs as everybody's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True


def _forget_figures(_: Any, worker: Any) -> None:
    """A dead process has nothing in flight; what it has counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

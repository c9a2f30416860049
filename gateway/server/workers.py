"""Workers serve the same socket, each as a gateway of its own; gunicorn starts them and replaces those that die.

`run_workers` sets the directory of the metrics' files and must be called before prometheus_client is imported.
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
from gateway.home_directory import make_home
from gateway.http.url import url_of
from gateway.observability import logs
from gateway.server.garbage import collect_rarely
from gateway.server.listener import BACKLOG
from gateway.server.process import (
    Announce,
    ExitStatus,
    announce_listening,
    notice_seconds,
    shutdown_seconds,
)
from gateway.server.runner import Runner

try:
    import uvloop  # noqa: F401 - gunicorn's worker imports it too late to choose

    _Base: Any = GunicornUVLoopWebWorker
except ImportError:
    _Base = GunicornWebWorker

log = logging.getLogger(__name__)

SILENCE_MAX_SECONDS: Final = 30
"""Beyond the drain, in which a worker gives gunicorn no sign of life; then it is killed and replaced."""


def run_workers(
    settings: Settings, database_url: str, listener: socket.socket, workers: int, announce: Announce | None
) -> int:
    url = url_of(*listener.getsockname()[:2])

    def ready(_: Any) -> None:
        announce_listening(url, workers, announce)

    make_home(settings.tiyin_home)
    with metrics_directory(settings.tiyin_home / "run"):
        try:
            WorkersApplication(settings, database_url, listener, workers, ready).run()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else ExitStatus.FAILED
    return ExitStatus.STOPPED


@contextmanager
def metrics_directory(run: Path) -> Iterator[None]:
    """Make a fresh directory through which the processes add up their metrics; remove those of dead gateways."""
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


class WorkersApplication(BaseApplication):  # type: ignore[misc]
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
            "timeout": ceil(settings.drain_seconds) + SILENCE_MAX_SECONDS,
            "control_socket_disable": True,
            "when_ready": ready,
            "child_exit": _drop_metrics_of_the_dead,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:  # older versions of gunicorn don't know each
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Nothing to load beforehand: each worker builds its own."""


class Worker(_Base):  # type: ignore[misc]
    """One process: builds its gateway after the fork, and drains it before it ends."""

    app: WorkersApplication
    served: web.Application | None = None

    def init_process(self) -> None:
        """Do all that the process does, and end it: a child must not do what its parent does at the parent's end."""
        status: int = ExitStatus.BOOT_FAILED
        try:
            super().init_process()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else ExitStatus.STOPPED
        except BaseException:
            log.exception("worker failed")
            status = ExitStatus.FAILED if self.booted else ExitStatus.BOOT_FAILED
        finally:
            logs.close()
            os._exit(status)

    def load_wsgi(self) -> None:
        self.wsgi = self._build

    async def _build(self) -> Runner:
        from gateway.app import build_app
        from gateway.jobs.database_watch import watch_embedded

        settings = self.app.settings
        self.served = await build_app(settings, self.app.database_url, processes=self.cfg.workers)
        if settings.database_url is None:
            watch_embedded(self.served, settings.tiyin_home)
        collect_rarely()
        listeners: list[Any] = self.sockets
        self.sockets: list[Any] = []  # our Runner accepts from them, not aiohttp's worker
        return Runner(self.served, shutdown_seconds(settings.drain_seconds), listeners)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: say "not ready", wait a moment, then stop as a second signal or a SIGQUIT does at once."""
        if self._begin_draining():
            return self._stop()
        self.loop.call_later(notice_seconds(self.app.settings.drain_seconds), self._stop)
        return None

    def handle_quit(self, sig: int, frame: Any) -> None:
        self._begin_draining()
        self._stop()

    def _begin_draining(self) -> bool:
        """Be "not ready" from now on. Returns whether it was before, or has served nobody yet."""
        from gateway.http.health import READINESS

        return self.served is None or self.served[READINESS].begin_draining()

    def _stop(self) -> None:
        self.alive = False
        self._notify_waiter_done()


class StandardLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's log records through the same logs as all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True


def _drop_metrics_of_the_dead(_: Any, worker: Any) -> None:
    """Drop what a dead process had in flight; what it has counted stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

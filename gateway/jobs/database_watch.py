"""The database watch has a dead embedded server started again, and says so in log, metrics and liveness."""

import asyncio
import errno
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from gateway.database.errors import EmbeddedError
from gateway.database.server_watch import ServerState, ServerWatch
from gateway.http.health import LIVENESS, READINESS
from gateway.jobs.periodic import Periodic, running
from gateway.liveness import Liveness
from gateway.observability.metrics import METRICS, Metrics

log = logging.getLogger(__name__)

LOOK_PERIOD_SECONDS: Final = 1.0
"""Between two looks. Callers ask again after seconds, and a look is a few calls of the system."""

PAUSE_SECONDS: Final = 1.0
"""After the first try to start it; twice as long after each further one."""

PAUSE_MAX_SECONDS: Final = 60.0
"""What somebody has repaired should not wait for much longer."""

STABLE_SECONDS: Final = 60.0
"""A server that has run for so long has started well: when it dies again, that is a first time."""

DEAD_MAX_SECONDS: Final = 60.0
"""After half a dozen tries, an orchestrator may try what we can't: another machine, another disk."""

NO_ROOM_HERE: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Errors of a look that say nothing about the server."""

AWAY: Final = frozenset({ServerState.DEAD, ServerState.LOST})

GONE_HINT: Final = (
    "it is started again, with all that was acknowledged; {log} may say why it ended, and the system's log whether the"
    " memory was at its end"
)
STOPPED_HINT: Final = "`tiyin db stop --force` did it, so it is not started again: restart the gateway to have it back"


def pause_seconds(tries: int, chance: float) -> float:
    """Return how long to wait after so many tries. `chance`, 0 to 1, keeps those who share a machine apart."""
    longest = PAUSE_SECONDS * 2.0 ** min(tries - 1, 10)
    return min(longest, PAUSE_MAX_SECONDS) * (0.5 + chance / 2)


class DatabaseWatch:
    """Looks again and again. Every process of the gateway does, for its liveness; one of them starts the server."""

    def __init__(
        self,
        server: ServerWatch,
        metrics: Metrics,
        liveness: Liveness,
        is_draining: Callable[[], bool],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._metrics = metrics
        self._liveness = liveness
        self._is_draining = is_draining
        self._seconds = seconds
        self._start: asyncio.Task[None] | None = None
        self._last = ServerState.UP
        """As it was last logged."""
        self._up_since = self._away_since = seconds()
        self._tries = 0
        self._next_try = 0.0

    async def look(self) -> None:
        """Look at the server, and have it started if it is dead and this process is the one to do so."""
        state = await asyncio.to_thread(self._state)
        self._keep(state)
        usual = state is self._last is ServerState.UP
        if usual or state is ServerState.STARTING or self._is_draining() or self._is_starting():
            return
        if not await asyncio.to_thread(self._server.is_first):
            return
        self._log_change(state)
        if state in AWAY and self._seconds() >= self._next_try:
            self._start = asyncio.create_task(self._start_again(), name="start of the embedded database")

    async def close(self) -> None:
        """Start nothing from now on. A start under way comes to its end, so that its server can be stopped after it."""
        self._server.close()
        if self._start is not None:
            await asyncio.wait({self._start})

    def _is_starting(self) -> bool:
        return self._start is not None and not self._start.done()

    def _state(self) -> ServerState:
        try:
            self._server.cut_log_short()
            return self._server.look()
        except OSError as error:
            return self._last if error.errno in NO_ROOM_HERE else ServerState.DEAD

    def _keep(self, state: ServerState) -> None:
        """Keep since when it has been up, or away, and what follows from it."""
        now = self._seconds()
        if state is ServerState.UP:
            self._away_since = now
            if now - self._up_since >= STABLE_SECONDS:
                self._tries = 0
        else:
            self._up_since = now
        # Not while it recovers, which a restart would begin anew, and not where a restart would make an empty one.
        is_dead = state is ServerState.DEAD and now - self._away_since >= DEAD_MAX_SECONDS
        self._liveness.reason = "database" if is_dead else ""

    def _log_change(self, state: ServerState) -> None:
        before, self._last = self._last, state
        if state in AWAY and before not in AWAY:
            log.error("embedded database gone", extra={"hint": GONE_HINT.format(log=self._server.log)})
        elif state is ServerState.STOPPED is not before:
            log.warning("embedded database stopped", extra={"hint": STOPPED_HINT})
        elif state is ServerState.UP is not before:
            log.warning("embedded database started again", extra={"tries": self._tries})

    async def _start_again(self) -> None:
        self._tries += 1
        pause = pause_seconds(self._tries, random.random())  # noqa: S311 - no secret
        try:
            if not await asyncio.to_thread(self._server.start_again):
                self._tries -= 1  # it runs, or another process is about it: the next look will see
                return
            self._metrics.database_restarts.inc()
            self._log_change(ServerState.UP)
        except (EmbeddedError, OSError) as error:
            self._metrics.database_restart_failures.inc()
            reason = str(error) if isinstance(error, EmbeddedError) else f"{error.strerror}: {error.filename}"
            log.error("embedded database cannot be started", extra={"reason": reason, "retry_seconds": round(pause, 1)})
        self._next_try = self._seconds() + pause


def watch_embedded(app: web.Application, home: Path) -> None:
    """Have the embedded server watched for as long as the application serves."""
    readiness = app[READINESS]
    watch = DatabaseWatch(ServerWatch(home), app[METRICS], app[LIVENESS], lambda: readiness.draining)
    job = Periodic(name="database watch", period_seconds=LOOK_PERIOD_SECONDS, run_once=watch.look)

    async def watching(_: web.Application) -> AsyncIterator[None]:
        async with running([job]):
            yield
        await watch.close()

    app.cleanup_ctx.append(watching)

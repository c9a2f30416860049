"""`Periodic` runs a job every so many seconds, however often the job fails."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from core import in_words

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 60.0
"""After a run that failed; twice as long after each further one. A pooled connection that has died is gone by then."""

RETRY_MAX_SECONDS: Final = 300.0
"""A job that comes once an hour should not wait for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A job with its name and its period. A run that fails is logged, and comes again soon."""

    name: str
    """As the log names it."""
    period_seconds: float
    """From the end of one run to the start of the next: a slow run is never overtaken by another."""
    run_once: Callable[[], Awaitable[object]]
    first_delay_seconds: float | None = None
    """Before the first run; None: a whole period."""
    spread_seconds: int = 0
    """Processes that are started together begin in different seconds of so many."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """Tests pass one that takes no time."""

    async def run(self) -> None:
        """Run the job for ever; cancel it to stop."""
        await self.sleep(self._first_delay_seconds())
        failures = 0
        while True:
            try:
                await self.run_once()
                failures = 0
            except Exception as error:
                failures += 1
                self._log_failure(error, self._pause_seconds(failures))
            await self.sleep(self._pause_seconds(failures))

    def _pause_seconds(self, failures: int) -> float:
        """Return what comes after so many failures in a row."""
        if not failures:
            return self.period_seconds
        return min(self.period_seconds, RETRY_MAX_SECONDS, RETRY_SECONDS * 2.0 ** min(failures - 1, 10))

    def _log_failure(self, error: Exception, retry_seconds: float) -> None:
        """In words where it is the database's; a bug needs its traceback."""
        reason = in_words(error)
        extra = {"job": self.name, "reason": reason or "a bug", "retry_seconds": retry_seconds}
        log.warning("periodic job failed", extra=extra, exc_info=None if reason else error)

    def _first_delay_seconds(self) -> float:
        delay = self.period_seconds if self.first_delay_seconds is None else self.first_delay_seconds
        return delay + (os.getpid() % self.spread_seconds if self.spread_seconds else 0)


@asynccontextmanager
async def running(jobs: Iterable[Periodic]) -> AsyncIterator[None]:
    """Run the jobs beside the context; its end cancels them, quietly, and waits until they have stopped."""
    tasks = [asyncio.create_task(job.run(), name=job.name) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

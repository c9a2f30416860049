"""`Periodic` runs a job every so many seconds, however often the job fails."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A job with its name and its period. A run that fails is logged, and the next one comes at its time."""

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
        while True:
            try:
                await self.run_once()
            except Exception:
                log.warning("periodic job failed", extra={"job": self.name}, exc_info=True)
            await self.sleep(self.period_seconds)

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

"""A wall clock of a gateway's machine that somebody sets wrong, and right again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from core.clock import wall_clock
from tests.faults.harness.gateway import SharedClock

TICK_SECONDS = 0.02


class JumpingClock:
    """The wall clock, but for an offset."""

    def __init__(self, shared: SharedClock) -> None:
        self._shared = shared
        self.offset = timedelta()

    def jumps(self, offset: timedelta) -> None:
        """At once, for whoever looks."""
        self.offset = offset
        self._shared.stands_at(wall_clock() + offset)

    async def tick(self) -> None:
        while True:
            self._shared.stands_at(wall_clock() + self.offset)
            await asyncio.sleep(TICK_SECONDS)


@asynccontextmanager
async def jumping(shared: SharedClock) -> AsyncIterator[JumpingClock]:
    clock = JumpingClock(shared)
    ticking = asyncio.create_task(clock.tick())
    try:
        yield clock
    finally:
        ticking.cancel()

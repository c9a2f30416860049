"""The abort timer bounds how long a connection may take to answer."""

import asyncio
from typing import Any


class AbortTimer:
    """Aborts a connection that does not answer in time: to cancel its statement would be to wait for it once more."""

    def __init__(self, driver: Any) -> None:
        """`driver`: asyncpg's connection."""
        self._driver = driver
        self._timer: asyncio.TimerHandle | None = None

    def start(self, seconds: float) -> None:
        """Start, or start again: unless it was stopped, it ends no later than it would have ended before."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        if self._timer is not None:
            end = min(end, self._timer.when())
        self.stop()
        self._timer = loop.call_at(end, self._driver.terminate)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

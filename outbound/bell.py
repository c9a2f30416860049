"""The bell wakes a worker when there may be something for it to do."""

import asyncio
from contextlib import suppress


class Bell:
    """Rung from the event loop that waits for it; what is rung while nobody waits is heard by the next who does."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait until it is rung, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()

"""Read slots are how many of a shop's reads run at once: its lists keep neither other shops nor statements waiting."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import hdrs

from core import TryAgain
from merchant_api.errors import TOO_MANY_READS, Problem

OF_ALL_SHOPS: Final = 3
"""Of the four connections for reports: one is left for the providers' statements and the sweeper."""

WAIT_SECONDS: Final = 2.0
"""For a slot. A read takes milliseconds, so hundreds of calls can come at once."""


class ReadSlots:
    """Lets so many reads of each shop run at once in this process, and so many of all shops."""

    def __init__(self, at_once: int) -> None:
        self._of_all = asyncio.Semaphore(OF_ALL_SHOPS)
        self._of_shop: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(at_once))

    @asynccontextmanager
    async def one_of(self, shop: str) -> AsyncIterator[None]:
        """Hold one of the shop's. Raises Problem (429) where its own reads take too long to leave one, and TryAgain
        where those of others do."""
        own = self._of_shop[shop]
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await own.acquire()
        except TimeoutError:
            raise Problem(TOO_MANY_READS, headers={hdrs.RETRY_AFTER: "1"}) from None
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._of_all.acquire()
            except TimeoutError:
                raise TryAgain from None
            try:
                yield
            finally:
                self._of_all.release()
        finally:
            own.release()

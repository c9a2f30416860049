"""The order rate is how many orders a shop may open in a second: one that opens more leaves the others their time."""

from math import ceil
from typing import Final

from aiohttp import hdrs
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from core import wall_clock
from merchant_api.errors import TOO_MANY_ORDERS, Problem

WINDOW_SECONDS: Final = 10
"""Over so long they are counted: all of it may come at once, as when a shop bills all its customers."""


class OrderRate:
    """Lets each shop open so many orders a second, in this process.

    Counted are requests for an order, before the database is asked: whether one only repeats another is known there
    alone, and to find it out costs as much as to open it.
    """

    def __init__(self, a_second: int) -> None:
        self._limit = RateLimitItemPerSecond(a_second * WINDOW_SECONDS, WINDOW_SECONDS)
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, shop: str) -> None:
        """Count one more order of the shop. Raises Problem (429) where it is one too many, which counts for nothing."""
        if not await self._windows.hit(self._limit, shop):
            raise Problem(TOO_MANY_ORDERS, headers={hdrs.RETRY_AFTER: str(await self._seconds_until_the_next(shop))})

    async def _seconds_until_the_next(self, shop: str) -> int:
        reset_time = (await self._windows.get_window_stats(self._limit, shop)).reset_time
        return min(WINDOW_SECONDS, max(1, ceil(reset_time - wall_clock().timestamp())))

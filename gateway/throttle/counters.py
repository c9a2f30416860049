"""Counters of rate limits count in this process, or in a Redis that several processes share."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from gateway.config.rate_limit import IN_MEMORY

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 0.25
"""For one answer of Redis. Only refused calls ever wait for it."""

PAUSE_SECONDS: Final = 10.0
"""For which a Redis that did not answer is not asked again."""

CONNECTIONS_MAX: Final = 4
"""To Redis: refused calls share them."""


class LocalCounter:
    """Counts in this process, in sliding windows: the library's moving ones need a thread for each key at each call."""

    def __init__(self) -> None:
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def within(self, limit: RateLimitItem, *names: str) -> bool:
        """Count one more, and say whether it is within the limit."""
        return await self._windows.hit(limit, *names)


class RedisCounter:
    """Counts in Redis. When it is away everything is within the limit, and only the first call has waited for it."""

    def __init__(self, storage: RedisStorage, count_error: Callable[[], object]) -> None:
        self._windows = SlidingWindowCounterRateLimiter(storage)
        self._count_error = count_error
        self._away = False
        self._try_again_at = 0.0

    async def within(self, limit: RateLimitItem, *names: str) -> bool:
        if self._away and monotonic() < self._try_again_at:
            return True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                within = await self._windows.hit(limit, *names)
        except Exception as error:  # whatever it is, no call is refused because of it
            self._pause(error)
            return True
        if self._away:
            self._away = False
            log.warning("rate limit store available again")
        return within

    def _pause(self, error: Exception) -> None:
        self._count_error()
        if not self._away:
            self._away = True
            log.warning(
                "rate limit store unavailable",
                extra={"error": type(error).__name__, "hint": "each process counts on its own meanwhile"},
            )
        self._try_again_at = monotonic() + PAUSE_SECONDS


@asynccontextmanager
async def redis_counter(url: str, count_error: Callable[[], object]) -> AsyncIterator[RedisCounter | None]:
    """Connect to the Redis at this address; None for memory://. `count_error`: called whenever it does not answer."""
    if url == IN_MEMORY:
        yield None
        return
    from redis.asyncio import BlockingConnectionPool

    pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS_MAX, timeout=ANSWER_SECONDS)
    storage = RedisStorage(
        f"async+{url}",
        implementation="redispy",
        key_prefix="tiyin",
        connection_pool=pool,  # type: ignore[arg-type] # annotated for the other implementation
    )
    try:
        yield RedisCounter(storage, count_error)
    finally:
        await pool.disconnect()

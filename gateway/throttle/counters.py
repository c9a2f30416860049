"""Counts of what happens too often: in this process, or in a Redis that several share."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, Protocol

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from gateway.config.rate_limit import IN_MEMORY

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 0.25
"""For one answer of Redis. Only refused calls ever wait for it."""
PAUSE_SECONDS: Final = 10.0
"""So long a Redis that did not answer is left alone."""
CONNECTIONS: Final = 4


class Counter(Protocol):
    async def within(self, limit: RateLimitItem, *names: str) -> bool:
        """Note one more, and say whether it is within the limit."""


class LocalCounter:
    """This process's. Sliding windows: the library's moving ones go through a thread for every key, at every call."""

    def __init__(self) -> None:
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def within(self, limit: RateLimitItem, *names: str) -> bool:
        return await self._windows.hit(limit, *names)


class RedisCounter:
    """Redis's. When it is away everything is within the limit, and nobody waits for it twice."""

    def __init__(self, storage: RedisStorage, away: Callable[[], object]) -> None:
        self._windows = SlidingWindowCounterRateLimiter(storage)
        self._tell_away = away
        self._away = False
        self._try_again_at = 0.0

    async def within(self, limit: RateLimitItem, *names: str) -> bool:
        if self._away and monotonic() < self._try_again_at:
            return True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                within = await self._windows.hit(limit, *names)
        except Exception as trouble:  # whatever it is, nobody is refused because of it
            self._pause(trouble)
            return True
        if self._away:
            self._away = False
            log.warning("rate limit store available again")
        return within

    def _pause(self, trouble: Exception) -> None:
        self._tell_away()
        if not self._away:
            self._away = True
            log.warning(
                "rate limit store unavailable",
                extra={"error": type(trouble).__name__, "hint": "each process counts on its own meanwhile"},
            )
        self._try_again_at = monotonic() + PAUSE_SECONDS


@asynccontextmanager
async def redis_counter(url: str, away: Callable[[], object]) -> AsyncIterator[RedisCounter | None]:
    """The one at this address, if it is one of Redis. `away`: called whenever it does not answer."""
    if url == IN_MEMORY:
        yield None
        return
    from redis.asyncio import BlockingConnectionPool

    pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=ANSWER_SECONDS)
    storage = RedisStorage(
        f"async+{url}",
        implementation="redispy",
        key_prefix="tiyin",
        connection_pool=pool,  # type: ignore[arg-type] # annotated for the other implementation
    )
    try:
        yield RedisCounter(storage, away)
    finally:
        await pool.disconnect()

"""What counting leans on in limits and redis beyond their documented face."""

import pytest
from limits import parse_many
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool, ConnectionPool

from tests.library_hooks import lean_on

FAILED_AUTH, COUNTERS, RATE_LIMIT = "gateway/throttle/failed_auth.py", "gateway/throttle/counters.py", "gateway/config"


def test_a_limit_is_made_of_an_amount_and_multiples():
    """The limit of all addresses together is made from the limit of one."""
    (one,) = parse_many("30 per 5 minutes")
    amount, multiples = (lean_on("limits", one, name, FAILED_AUTH) for name in ("amount", "multiples"))
    assert (amount, multiples, lean_on("limits", one, "get_expiry", FAILED_AUTH)()) == (30, 5, 300)
    all_together = type(one)(amount * 20, multiples)
    assert (all_together.amount, all_together.get_expiry()) == (600, 300)


def test_a_limit_is_written_as_the_log_shows_it():
    assert [str(limit) for limit in parse_many("30/minute")] == ["30 per 1 minute"]


async def test_windows_in_memory_are_made_and_hit_without_a_task_of_their_own():
    (limit,) = parse_many("2/day")
    windows = SlidingWindowCounterRateLimiter(MemoryStorage())
    assert [await windows.hit(limit, "api", "192.0.2.1") for _ in range(3)] == [True, True, False]


async def test_the_store_in_redis_uses_the_pool_that_it_is_given():
    """limits passes its options on to redis-py, and describes them nowhere."""
    pool = BlockingConnectionPool.from_url("redis://127.0.0.1:1/0", max_connections=4, timeout=0.25)
    storage = RedisStorage(
        "async+redis://127.0.0.1:1/0", implementation="redispy", key_prefix="tiyin", connection_pool=pool
    )
    bridge = lean_on("limits", storage, "bridge", COUNTERS)
    assert bridge.get_connection().connection_pool is pool, "limits makes a pool of its own"


@pytest.mark.parametrize("url", ["redis://127.0.0.1:x/0", "redis://127.0.0.1:6379/0?max_connections=many"])
def test_an_address_of_redis_is_refused_before_anything_is_opened(url):
    lean_on("redis", ConnectionPool, "make_connection", RATE_LIMIT)
    with pytest.raises((ValueError, TypeError)):
        ConnectionPool.from_url(url).make_connection()

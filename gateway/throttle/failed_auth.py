"""Limits how many failed authentications the journal and the logs record, and how many bytes; all get their answers.

Credentials are always checked first, so a caller with accepted ones is never refused here. What is protected is the
journal, the logs and the processor's time. First calls are counted, by address; then what is recorded is paid for from
the bytes of a day, which every line that a caller without credentials can cause is paid from.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from limits import RateLimitItem

from gateway.config.rate_limit import limit as read_limit
from gateway.config.settings import Settings
from gateway.http.client_address import caller_network
from gateway.observability.metrics import NO_INTERFACE, Metrics
from gateway.observability.record_size import line_bytes
from gateway.throttle.byte_budget import ByteBudget
from gateway.throttle.cooldowns import Cooldowns
from gateway.throttle.counters import LocalCounter, RedisCounter, redis_counter

log = logging.getLogger(__name__)

ALL_ADDRESSES: Final = "all"
ALL_ADDRESSES_LIMITS: Final = 20
"""All addresses together may reach so many addresses' limits at one interface of one process: an attacker always has
more addresses."""

NOTE_COOLDOWN_SECONDS: Final = 60.0
"""Between two notes of one address: that it is not in a shop's allowed networks, that it has sent what is not HTTP."""

NOTICE_BYTES: Final = line_bytes() + 64
"""Of the line that says that the bytes of a day are used up."""


class FailedAuthRateLimiter:
    """Implements `inbound.callers.FailedAuthLimiter` with a rate limit for each address, one for all together, and a
    budget of bytes."""

    def __init__(
        self, each: RateLimitItem, bytes_a_day: float, metrics: Metrics, shared: RedisCounter | None = None
    ) -> None:
        self._each = each
        self._all = type(each)(each.amount * ALL_ADDRESSES_LIMITS, each.multiples)
        self._own, self._shared = LocalCounter(), shared
        self._bytes_a_day = bytes_a_day
        self._budget = ByteBudget(bytes_a_day, NOTICE_BYTES, self._log_used_up)
        self._metrics = metrics
        self._exceeded, self._not_http = Cooldowns(), Cooldowns()
        self._not_listed = {has_key: Cooldowns() for has_key in (True, False)}

    async def failed(self, interface: str, address: str | None) -> float:
        caller = caller_network(address)
        if not self._seconds_left(interface, caller):
            await self._count(interface, caller)
        left = self._seconds_left(interface, caller)
        if left:
            self._metrics.failed_auth_not_recorded.labels(interface).inc()
        return left

    def pay(self, interface: str, size: int) -> bool:
        if self._take(size):
            return True
        self._metrics.failed_auth_not_recorded.labels(interface).inc()
        return False

    def outside_allow_list(self, interface: str, shop: str, address: str | None, *, has_key: bool) -> None:
        cooldowns = self._not_listed[has_key]
        if not cooldowns.start(f"{interface} {shop}", caller_network(address), NOTE_COOLDOWN_SECONDS):
            return
        if has_key or self._take(line_bytes(interface, shop, address)):
            log.warning(
                "address not in the allowed networks", extra={"interface": interface, "shop": shop, "remote": address}
            )

    def not_http(self, address: str | None, error: str) -> None:
        """Note that something came which is not HTTP; it is logged once in a while for each address."""
        is_first = self._not_http.start(NO_INTERFACE, caller_network(address), NOTE_COOLDOWN_SECONDS)
        if is_first and self._take(line_bytes(address, error)):
            log.info("request is not HTTP", extra={"remote": address, "error": error})
        else:
            self._metrics.failed_auth_not_recorded.labels(NO_INTERFACE).inc()

    def _take(self, size: int) -> bool:
        if not self._budget.take(size):
            return False
        self._metrics.failed_auth_bytes.inc(size)
        return True

    def _seconds_left(self, interface: str, caller: str) -> float:
        return max(self._exceeded.left(interface, caller), self._exceeded.left(interface, ALL_ADDRESSES))

    async def _count(self, interface: str, caller: str) -> None:
        """Count the failure; the process's own counter comes first and bounds the requests to Redis."""
        if not await self._own.within(self._each, interface, caller):
            self._exceed(interface, caller, self._each)
        elif not await self._own.within(self._all, interface, ALL_ADDRESSES):
            self._exceed(interface, ALL_ADDRESSES, self._all)
        elif self._shared is not None and not await self._shared.within(self._each, interface, caller):
            self._exceed(interface, caller, self._each)

    def _exceed(self, interface: str, caller: str, limit: RateLimitItem) -> None:
        seconds = limit.get_expiry()
        is_first = self._exceeded.start(interface, caller, seconds)
        if is_first and self._take(line_bytes(interface, caller, str(limit))):
            log.warning(
                "failed-auth limit exceeded",
                extra={"interface": interface, "remote": caller, "limit": str(limit), "seconds": seconds},
            )

    def _log_used_up(self, seconds: int) -> None:
        self._metrics.failed_auth_bytes.inc(NOTICE_BYTES)
        log.warning(
            "failed-auth bytes used up",
            extra={
                "seconds": seconds,
                "bytes_a_day": int(self._bytes_a_day),
                "hint": "they are only counted meanwhile",
            },
        )


FAILED_AUTH: Final = web.AppKey("failed_auth", FailedAuthRateLimiter)
"""For the connections of an application, which note what is not HTTP."""


@asynccontextmanager
async def failed_auth(settings: Settings, metrics: Metrics, processes: int = 1) -> AsyncIterator[FailedAuthRateLimiter]:
    """`processes`: how many share the day's bytes. Each has its part of them."""
    url = settings.rate_limit_store.get_secret_value()
    each, bytes_a_day = read_limit(settings.rate_limit_failures), settings.failed_auth_bytes_a_day / processes
    async with redis_counter(url, metrics.rate_limit_store_errors.inc) as shared:
        yield FailedAuthRateLimiter(each, bytes_a_day, metrics, shared)

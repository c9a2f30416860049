"""Limits how many failed authentications the journal and the logs record; all of them get their answers.

Credentials are always checked first, so a caller with accepted ones is never refused here. What is protected is the
journal, the logs and the processor's time.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_network
from typing import Final

from limits import RateLimitItem

from gateway.config.rate_limit import limit as read_limit
from gateway.config.settings import Settings
from gateway.http.client_address import read_address
from gateway.observability.metrics import Metrics
from gateway.throttle.cooldowns import Cooldowns
from gateway.throttle.counters import LocalCounter, RedisCounter, redis_counter

log = logging.getLogger(__name__)

ALL_ADDRESSES: Final = "all"
ALL_ADDRESSES_LIMITS: Final = 20
"""All addresses together may reach so many addresses' limits at one interface of one process: an attacker always has
more addresses."""

NOT_LISTED_COOLDOWN_SECONDS: Final = 60.0
"""Between two records of an address that is not in a shop's allowed networks."""


class FailedAuthRateLimiter:
    """Implements `inbound.callers.FailedAuthLimiter` with a rate limit for each address and one for all together."""

    def __init__(self, each: RateLimitItem, metrics: Metrics, shared: RedisCounter | None = None) -> None:
        self._each = each
        self._all = type(each)(each.amount * ALL_ADDRESSES_LIMITS, each.multiples)
        self._own, self._shared = LocalCounter(), shared
        self._metrics = metrics
        self._exceeded, self._not_listed = Cooldowns(), Cooldowns()

    async def failed(self, interface: str, address: str | None) -> float:
        caller = _network(address)
        if not self._seconds_left(interface, caller):
            await self._count(interface, caller)
        left = self._seconds_left(interface, caller)
        if left:
            self._metrics.failed_auth_not_recorded.labels(interface).inc()
        return left

    def outside_allow_list(self, interface: str, shop: str, address: str | None) -> None:
        if self._not_listed.start(f"{interface} {shop}", _network(address), NOT_LISTED_COOLDOWN_SECONDS):
            log.warning(
                "address not in the allowed networks", extra={"interface": interface, "shop": shop, "remote": address}
            )

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
        if self._exceeded.start(interface, caller, seconds):
            log.warning(
                "failed-auth limit exceeded",
                extra={"interface": interface, "remote": caller, "limit": str(limit), "seconds": seconds},
            )


@asynccontextmanager
async def failed_auth(settings: Settings, metrics: Metrics) -> AsyncIterator[FailedAuthRateLimiter]:
    url = settings.rate_limit_store.get_secret_value()
    async with redis_counter(url, metrics.rate_limit_store_errors.inc) as shared:
        yield FailedAuthRateLimiter(read_limit(settings.rate_limit_failures), metrics, shared)


def _network(address: str | None) -> str:
    """Name what is counted as one caller: an IPv4 address, or the IPv6 network that one customer is given."""
    read = read_address(address or "")
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read), 64), strict=False))
    return str(read) if read else "unknown"

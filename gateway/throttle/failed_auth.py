"""Callers who have not proven who they are: they are answered like the first time, but not written down for ever.

Credentials are always checked first, so nobody is refused here who has the right ones. What is protected is the
journal, the logs and the processor's time.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_network
from typing import Final

from limits import RateLimitItem

from gateway.config.rate_limit import limit
from gateway.config.settings import Settings
from gateway.http.client_address import read_address
from gateway.observability.metrics import Metrics
from gateway.throttle.cooldowns import Cooldowns
from gateway.throttle.counters import LocalCounter, RedisCounter, redis_counter

log = logging.getLogger(__name__)

EVERYBODY: Final = "everybody"
ADDRESSES: Final = 20
"""All addresses together may fill so many addresses' limits at one door of one process: there are always more."""

UNLISTED_SECONDS: Final = 60.0


class FailedAuthRateLimiter:
    """What the doors know as `inbound.callers.FailedAuthRateLimiter`."""

    def __init__(self, each: RateLimitItem, metrics: Metrics, shared: RedisCounter | None = None) -> None:
        self._each = each
        self._all = type(each)(each.amount * ADDRESSES, each.multiples)
        self._own, self._shared = LocalCounter(), shared
        self._figures = metrics
        self._silent, self._noticed = Cooldowns(), Cooldowns()

    async def failed(self, interface: str, address: str | None) -> float:
        caller = _network(address)
        if not self._silence(interface, caller):
            await self._count(interface, caller)
        left = self._silence(interface, caller)
        if left:
            self._figures.throttled.labels(interface).inc()
        return left

    def outside_allow_list(self, interface: str, shop: str, address: str | None) -> None:
        if self._noticed.start(f"{interface} {shop}", _network(address), UNLISTED_SECONDS):
            log.warning(
                "address not in the allowed networks", extra={"interface": interface, "shop": shop, "remote": address}
            )

    def _silence(self, interface: str, caller: str) -> float:
        return max(self._silent.left(interface, caller), self._silent.left(interface, EVERYBODY))

    async def _count(self, interface: str, caller: str) -> None:
        """The process's own tallies come first: they bound what is asked of Redis."""
        if not await self._own.within(self._each, interface, caller):
            self._fall_silent(interface, caller, self._each)
        elif not await self._own.within(self._all, interface, EVERYBODY):
            self._fall_silent(interface, EVERYBODY, self._all)
        elif self._shared is not None and not await self._shared.within(self._each, interface, caller):
            self._fall_silent(interface, caller, self._each)

    def _fall_silent(self, interface: str, caller: str, exceeded: RateLimitItem) -> None:
        seconds = exceeded.get_expiry()
        if self._silent.start(interface, caller, seconds):
            log.warning(
                "failed-auth limit exceeded",
                extra={"interface": interface, "remote": caller, "limit": str(exceeded), "seconds": seconds},
            )


@asynccontextmanager
async def failed_auth(settings: Settings, metrics: Metrics) -> AsyncIterator[FailedAuthRateLimiter]:
    url = settings.rate_limit_store.get_secret_value()
    async with redis_counter(url, metrics.rate_limit_store_errors.inc) as shared:
        yield FailedAuthRateLimiter(limit(settings.rate_limit_failures), metrics, shared)


def _network(address: str | None) -> str:
    """Who is counted as one: an address of IPv4, or the network of IPv6 that one customer is given."""
    read = read_address(address or "")
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read), 64), strict=False))
    return str(read) if read else "unknown"

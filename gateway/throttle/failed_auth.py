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
from gateway.throttle.cooldowns import Pauses
from gateway.throttle.counters import OwnTally, SharedTally, shared_tally

log = logging.getLogger(__name__)

EVERYBODY: Final = "everybody"
ADDRESSES: Final = 20
"""All addresses together may fill so many addresses' limits at one door of one process: there are always more."""

UNLISTED_SECONDS: Final = 60.0


class Strangers:
    """What the doors know as `inbound.callers.Strangers`."""

    def __init__(self, each: RateLimitItem, figures: Metrics, shared: SharedTally | None = None) -> None:
        self._each = each
        self._all = type(each)(each.amount * ADDRESSES, each.multiples)
        self._own, self._shared = OwnTally(), shared
        self._figures = figures
        self._silent, self._noticed = Pauses(), Pauses()

    async def unproven(self, door: str, address: str | None) -> float:
        caller = _network(address)
        if not self._silence(door, caller):
            await self._count(door, caller)
        left = self._silence(door, caller)
        if left:
            self._figures.throttled.labels(door).inc()
        return left

    def unlisted(self, door: str, shop: str, address: str | None) -> None:
        if self._noticed.start(f"{door} {shop}", _network(address), UNLISTED_SECONDS):
            log.warning("%s: a call for shop %s from %s, which is not in its allowed networks", door, shop, address)

    def _silence(self, door: str, caller: str) -> float:
        return max(self._silent.left(door, caller), self._silent.left(door, EVERYBODY))

    async def _count(self, door: str, caller: str) -> None:
        """The process's own tallies come first: they bound what is asked of Redis."""
        if not await self._own.within(self._each, door, caller):
            self._fall_silent(door, caller, self._each)
        elif not await self._own.within(self._all, door, EVERYBODY):
            self._fall_silent(door, EVERYBODY, self._all)
        elif self._shared is not None and not await self._shared.within(self._each, door, caller):
            self._fall_silent(door, caller, self._each)

    def _fall_silent(self, door: str, caller: str, exceeded: RateLimitItem) -> None:
        seconds = exceeded.get_expiry()
        if self._silent.start(door, caller, seconds):
            log.warning(
                "door %s: more than %s calls without accepted credentials from %s: no more of them are told for %d s",
                *(door, exceeded, caller, seconds),
            )


@asynccontextmanager
async def strangers(settings: Settings, figures: Metrics) -> AsyncIterator[Strangers]:
    url = settings.rate_limit_store.get_secret_value()
    async with shared_tally(url, figures.rate_limit_store_errors.inc) as shared:
        yield Strangers(limit(settings.rate_limit_failures), figures, shared)


def _network(address: str | None) -> str:
    """Who is counted as one: an address of IPv4, or the network of IPv6 that one customer is given."""
    read = read_address(address or "")
    if isinstance(read, IPv6Address):
        return str(ip_network((int(read), 64), strict=False))
    return str(read) if read else "unknown"

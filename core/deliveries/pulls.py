"""Pulls let a shop without a public address take its events, and acknowledge them when it has dealt with them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import statement
from core.deliveries.endpoints import Endpoint
from core.deliveries.moments import of_database
from core.deliveries.queue import LEASE

PULLED_MAX: Final = 100
"""Events in one pull."""

PULL: Final = statement(__package__, "pull")
ACKNOWLEDGE: Final = statement(__package__, "acknowledge")


class PulledEvent(NamedTuple):
    """An event that is the shop's to deal with until the lease ends; then it is given again."""

    event_id: int
    fence: int
    """Names this taking of it, for the acknowledgement."""
    leased_until: datetime
    body: str


class TakenEvent(NamedTuple):
    """A taking of an event that is to be acknowledged."""

    event_id: int
    fence: int


class Pulls:
    """`now`: another clock than the database's."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def pull(self, endpoint: Endpoint, most: int = PULLED_MAX) -> list[PulledEvent]:
        """Take events that are due at an endpoint without a URL; of one order, or payment of a balance, one at a time.

        None are taken while it is disabled. Durable: also on a synchronous standby.
        """
        values = {
            "now": self._now(),
            "lease": LEASE,
            "endpoint_id": endpoint.id,
            "shop": endpoint.shop,
            "most": min(most, PULLED_MAX),
        }
        async with self._connections.autocommit() as connection:
            return [PulledEvent(**row) for row in await connection.replicated_rows(PULL.sql, PULL.parameters(values))]

    async def acknowledge(self, endpoint: Endpoint, taken: Sequence[TakenEvent]) -> list[TakenEvent]:
        """Note that they were dealt with; returns those for which that holds, now or since an earlier call.

        The others are not the caller's any more: they were taken again since, or are due anew.
        """
        values = {
            "now": self._now(),
            "endpoint_id": endpoint.id,
            "shop": endpoint.shop,
            "event_ids": [one.event_id for one in taken],
            "fences": [one.fence for one in taken],
        }
        async with self._connections.autocommit() as connection:
            rows = await connection.replicated_rows(ACKNOWLEDGE.sql, ACKNOWLEDGE.parameters(values))
        return [TakenEvent(**row) for row in rows]

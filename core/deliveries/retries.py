"""Retries send one event again, to one endpoint of its shop or to all: the same event, with the same id."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import statement
from core.deliveries.history import EVENT_ID_MAX
from core.deliveries.moments import of_database

RETRY: Final = statement(__package__, "retry")


class Retried(NamedTuple):
    """Names of endpoints."""

    due: tuple[str, ...]
    """To these it is sent again, as soon as they are enabled."""
    in_flight: tuple[str, ...]
    """To these it was being sent at that moment; nothing was changed."""


class Retries:
    """`now`: another clock than the database's."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def retry(self, shop: str, event_id: int, endpoint: str | None = None) -> Retried:
        """Make the event due at once, with all its tries: dead, skipped, delivered, or waiting for a later try.

        Nothing is returned where the shop has no such event, or no delivery of it to such an endpoint.
        """
        if not 0 < event_id <= EVENT_ID_MAX:
            return Retried((), ())
        values = {"now": self._now(), "shop": shop, "event_id": event_id, "name": endpoint}
        async with self._connections.autocommit() as connection:
            rows = await connection.replicated_rows(RETRY.sql, RETRY.parameters(values))
        return Retried(
            tuple(row["name"] for row in rows if not row["is_in_flight"]),
            tuple(row["name"] for row in rows if row["is_in_flight"]),
        )

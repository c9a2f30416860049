"""The queue's state says how much waits to be sent, and since when."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import statement
from core.deliveries.moments import of_database

COUNTED_MAX: Final = 100_000
"""Of each: nobody needs to know how many more there are, and to count them takes its time."""

QUEUE_STATE: Final = statement(__package__, "queue_state")


class QueueState(NamedTuple):
    due: int
    oldest_seconds: float
    """Age of the oldest event that waits for an endpoint that is enabled; 0: none does."""
    dead: int
    endpoints: Mapping[str, int]
    """By state: enabled, disabled, and paused of those that are enabled."""


async def queue_state(engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> QueueState:
    """Read how much waits. `now`: another clock than the database's."""
    async with Connections(engine).autocommit() as connection:
        (row,) = await QUEUE_STATE.on(connection, {"now": now(), "most": COUNTED_MAX})
    endpoints = {"enabled": row["enabled"], "disabled": row["disabled"], "paused": row["paused"]}
    return QueueState(row["due"], row["oldest_seconds"], row["dead"], endpoints)

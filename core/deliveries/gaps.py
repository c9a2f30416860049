"""Gaps are events without their deliveries: an older release writes such, and they are made good here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections, PooledConnection
from core.db.statement import SqlStatement, statement
from core.deliveries.moments import of_database

OVERLAP: Final = timedelta(minutes=2)
"""Looked through again each time: for transactions that were under way, and machines whose clocks are behind."""

LONG_OVERLAP: Final = timedelta(hours=2)
"""Now and then, for a clock that is further behind."""

SLICE: Final = timedelta(hours=1)
"""Of events in one statement."""

FILL_IN_KEY: Final = 0x7469_7969_6E01
"""Of the lock that lets one process do this at a time."""

FILL_IN_MAX_SECONDS: Final = 60.0

ENDPOINTS: Final = SqlStatement("""
    SELECT id, filled_until, greatest(since, filled_until - CAST(:overlap AS interval)) AS since,
        coalesce(CAST(:now AS timestamptz), now()) AS now
    FROM webhook_endpoints WHERE state <> 'removed' ORDER BY id
""")
FILL_IN: Final = statement(__package__, "fill_in")
FILL_IN_SETTINGS: Final = {"enable_bitmapscan": "on", "enable_indexscan": "off", "enable_indexonlyscan": "off"}
"""Only by a bitmap is an index of that kind (BRIN) used; and without it the whole outbox is read, every minute.

By nothing else, for where orders, transitions or deliveries are few, or were when they were analysed, the planner reads
all of them, by an index and without a condition: a bitmap has one. And the plan is kept while they grow.
"""

SET: Final = SqlStatement("SELECT set_config(:name, :value, true)")
NOTE: Final = SqlStatement("""
    UPDATE webhook_endpoints SET filled_until = greatest(filled_until, CAST(:until AS timestamptz)) WHERE id = :id
""")
FOREVER: Final = timedelta(days=36_500)


class MissingDeliveries:
    """Finds events without their deliveries. `now`: another clock than the database's."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def fill_in(self, overlap: timedelta = OVERLAP) -> int:
        """Make what is missing since this was last done; returns how many. None where another process is about it.

        What was done before an error stays done, an hour of events at a time.
        """
        filled_in = 0
        for endpoint in await self._endpoints(overlap):
            since: datetime | None = endpoint["since"]
            while since is not None:
                async with self._connections.alone(FILL_IN_KEY, FILL_IN_MAX_SECONDS) as connection:
                    if connection is None:
                        return filled_in
                    made, since = await _fill_in_slice(connection, endpoint, since)
                    await connection.commit()
                filled_in += made
        return filled_in

    async def _endpoints(self, overlap: timedelta) -> list[Any]:
        async with self._connections.autocommit() as connection:
            return list(await ENDPOINTS.on(connection, {"now": self._now(), "overlap": overlap}))


async def _fill_in_slice(connection: PooledConnection, endpoint: Any, since: datetime) -> tuple[int, datetime | None]:
    """Return how many deliveries were made, and where the next slice begins; None: there is none."""
    is_last = endpoint["now"] - since <= SLICE
    end = endpoint["now"] if is_last else since + SLICE
    until = end + FOREVER if is_last else end  # the last one is also for clocks that are ahead
    for name, value in FILL_IN_SETTINGS.items():
        await SET.on(connection, {"name": name, "value": value})
    ((made,),) = await FILL_IN.on(connection, {"endpoint_id": endpoint["id"], "since": since, "until": until})
    await NOTE.on(connection, {"id": endpoint["id"], "until": end})
    return made, None if is_last else end

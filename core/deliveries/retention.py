"""Retention gives up deliveries that have waited too long, and deletes old ones with their attempts."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import SqlStatement

WAIT_MAX: Final = timedelta(days=30)
"""For an endpoint that is disabled, or an event that was never taken."""

CHUNK_ROWS: Final = 2_000
CHUNK_PAUSE_SECONDS: Final = 0.05
"""Payments have the database in between."""

GIVE_UP: Final = SqlStatement("""
    WITH old AS (
        SELECT d.event_id, d.endpoint_id, e.state = 'removed' AS is_removed
        FROM webhook_endpoints e
        JOIN deliveries d ON d.endpoint_id = e.id AND d.state = 'due'
        WHERE (d.created_at < CAST(:before AS timestamptz) OR e.state = 'removed')
            AND coalesce(d.leased_until, '-infinity') < CAST(:now AS timestamptz)
        LIMIT :chunk
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE deliveries d
    SET
        state = CASE WHEN is_removed THEN 'skipped' ELSE 'dead' END,
        reason = CASE WHEN is_removed THEN NULL ELSE 'too_old' END,
        settled_at = CAST(:now AS timestamptz), leased_until = NULL
    FROM old o
    WHERE d.event_id = o.event_id AND d.endpoint_id = o.endpoint_id
    RETURNING d.state
""")

# Ids of events come in blocks for each process, so that they are in the order of time but for a day at most: of the
# events' own time, for a delivery that is made again begins anew.
DELETE_DELIVERIES: Final = SqlStatement("""
    WITH chunk AS MATERIALIZED (
        SELECT event_id, endpoint_id, state, created_at FROM deliveries
        WHERE (event_id, endpoint_id) > (CAST(:after_event AS bigint), CAST(:after_endpoint AS int))
        ORDER BY event_id, endpoint_id LIMIT :chunk
    ),
    deleted AS (
        DELETE FROM deliveries d USING chunk c
        WHERE d.event_id = c.event_id AND d.endpoint_id = c.endpoint_id AND d.state IN ('delivered', 'skipped')
            AND c.created_at < CAST(:before AS timestamptz)
        RETURNING d.event_id, d.endpoint_id
    ),
    attempts AS (
        DELETE FROM webhook_attempts a USING deleted d
        WHERE a.event_id = d.event_id AND a.endpoint_id = d.endpoint_id
    )
    SELECT
        (SELECT count(*) FROM deleted) AS deleted,
        (SELECT x.at FROM outbox x WHERE x.transition_id = (SELECT max(event_id) FROM chunk)) AS newest,
        (SELECT event_id FROM chunk ORDER BY event_id DESC, endpoint_id DESC LIMIT 1) AS event_id,
        (SELECT endpoint_id FROM chunk ORDER BY event_id DESC, endpoint_id DESC LIMIT 1) AS endpoint_id
""")
IDS_IN_ORDER_BUT_FOR: Final = timedelta(days=1)


async def give_up_old_deliveries(engine: AsyncEngine, now: datetime) -> int:
    """Make dead what has waited for thirty days, and skip what waits for endpoints that are removed.

    Returns how many are dead now that were not.
    """
    connections, dead = Connections(engine), 0
    while True:
        values = {"before": now - WAIT_MAX, "now": now, "chunk": CHUNK_ROWS}
        async with connections.autocommit() as connection:
            rows = await GIVE_UP.on(connection, values)
        dead += len([row for row in rows if row["state"] == "dead"])
        if len(rows) < CHUNK_ROWS:
            return dead
        await asyncio.sleep(CHUNK_PAUSE_SECONDS)


async def delete_old_deliveries(engine: AsyncEngine, before: datetime) -> int:
    """Delete deliveries, made or skipped, of events before that moment, with their attempts. Returns how many.

    Those that are dead, or due, stay: somebody may still want them sent.
    """
    connections, deleted, place = Connections(engine), 0, (-1, -1)
    while True:
        values = {"after_event": place[0], "after_endpoint": place[1], "before": before, "chunk": CHUNK_ROWS}
        async with connections.autocommit() as connection:
            (row,) = await DELETE_DELIVERIES.on(connection, values)
        deleted += int(row["deleted"])
        if row["newest"] is None or row["newest"] > before + IDS_IN_ORDER_BUT_FOR:
            return deleted
        place = (row["event_id"], row["endpoint_id"])
        await asyncio.sleep(CHUNK_PAUSE_SECONDS)

"""Skips end deliveries that wait for an endpoint which does not ask for them any more."""

from datetime import datetime
from typing import Final

from core.db.connection import Connections
from core.db.statement import statement

CHUNK_ROWS: Final = 2_000
"""In one statement: an endpoint that was away for days may have millions, and its row must not be locked as long."""

SKIP_UNWANTED: Final = statement(__package__, "skip_unwanted")


async def skip_unwanted(connections: Connections, endpoint_id: int, now: datetime | None) -> None:
    """Skip all that wait for the endpoint, if it is removed, or those of types that it does not ask for."""
    after_due, after_event = "-infinity", 0
    while True:
        values = {
            "now": now,
            "endpoint_id": endpoint_id,
            "after_due": after_due,
            "after_event": after_event,
            "most": CHUNK_ROWS,
        }
        async with connections.autocommit() as connection:
            rows = await SKIP_UNWANTED.on(connection, values)
        if not rows:
            return
        after_due, after_event = rows[0]["due_at"], rows[0]["event_id"]

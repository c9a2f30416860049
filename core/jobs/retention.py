"""Retention deletes what is kept for a time only, a few rows at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.autocommit import Autocommit

IDEMPOTENCY_KEY_LIFETIME: Final = timedelta(days=7)
"""A shop that calls again later than that should ask first what became of its order."""

CHUNK_ROWS: Final = 2_000
"""In one statement: some ten milliseconds, and far from the time that a statement has, however many rows are old."""

CHUNK_PAUSE_SECONDS: Final = 0.05
"""Payments have the database in between."""

# Each chunk begins where the one before it ended: an old snapshot, such as a backup's, keeps what was deleted in the
# index, and to pass it each time would take longer with every chunk.
DELETE_KEYS: Final = text("""
    WITH deleted AS (
        DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM idempotency_keys
            WHERE created_at >= CAST(:since AS timestamptz) AND created_at < :before
            ORDER BY created_at LIMIT :chunk))
        RETURNING created_at
    )
    SELECT count(*), max(created_at) FROM deleted
""")

LONG_AGO: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


async def delete_old_idempotency_keys(engine: AsyncEngine, now: datetime) -> int:
    """Delete answers that were stored more than seven days ago. Returns how many.

    What was deleted before an error stays deleted.
    """
    autocommit, since = Autocommit(engine), LONG_AGO
    deleted = 0
    while True:
        values = {"since": since, "before": now - IDEMPOTENCY_KEY_LIFETIME, "chunk": CHUNK_ROWS}
        async with autocommit.connect() as connection:
            rows, last = (await connection.execute(DELETE_KEYS, values)).one()
        if last is None:
            return deleted
        deleted, since = deleted + int(rows), last
        await asyncio.sleep(CHUNK_PAUSE_SECONDS)

"""Retention deletes what is kept for a time only."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.autocommit import Autocommit
from schema.tables import idempotency_keys

IDEMPOTENCY_KEY_LIFETIME: Final = timedelta(days=7)
"""A shop that calls again later than that should ask first what became of its order."""


async def delete_old_idempotency_keys(engine: AsyncEngine, now: datetime) -> int:
    """Delete answers that were stored more than seven days ago. Returns how many."""
    old = delete(idempotency_keys).where(idempotency_keys.c.created_at < now - IDEMPOTENCY_KEY_LIFETIME)
    async with Autocommit(engine).connect() as connection:
        return (await connection.execute(old)).rowcount

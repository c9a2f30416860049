"""Connections to the books: two pools of one database, so that a long report never keeps a payment waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.commit.scheduler import LANES_MAX
from core.db.engine import BY_INDEX, PAYMENT_TIMEOUTS, REPORT_SECONDS, REPORT_TIMEOUTS, make_engine

PAYMENT_CONNECTIONS: Final = 1 + LANES_MAX + 1
"""The batch, the lanes beside it, and CheckPerform."""

REPORT_CONNECTIONS: Final = 4


@asynccontextmanager
async def pools(url: str, *, pooled: bool = False) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """For payments and for reports. `pooled`: there is a pooler in transaction mode (PgBouncer) in between."""
    payments = make_engine(url, PAYMENT_CONNECTIONS, pooled=pooled, settings={**BY_INDEX, **PAYMENT_TIMEOUTS})
    reports = make_engine(
        url, REPORT_CONNECTIONS, pooled=pooled, command_timeout=REPORT_SECONDS, settings=REPORT_TIMEOUTS
    )
    try:
        yield payments, reports
    finally:
        await payments.dispose()
        await reports.dispose()

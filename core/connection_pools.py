"""Payments and reports have a pool each of one database, so that a long report never keeps a payment waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.commit.scheduler import SIDE_TRANSACTIONS_MAX
from core.db.engine import PAYMENT_TIMEOUTS, PLANNER_SETTINGS, REPORT_SECONDS, REPORT_TIMEOUTS, make_engine

PAYMENT_CONNECTIONS: Final = 1 + SIDE_TRANSACTIONS_MAX + 1
"""For the batch, the transactions beside it, and CheckPerform."""

REPORT_CONNECTIONS: Final = 4
"""For orders that are shown, statements, the sweeper and the journal, which may wait for each other."""


@asynccontextmanager
async def pools(url: str, *, pooled: bool = False) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """Open the pools for payments and for reports. `pooled`: a pooler in transaction mode (PgBouncer) is in between."""
    payments = make_engine(url, PAYMENT_CONNECTIONS, pooled=pooled, settings={**PLANNER_SETTINGS, **PAYMENT_TIMEOUTS})
    reports = make_engine(
        url, REPORT_CONNECTIONS, pooled=pooled, command_timeout=REPORT_SECONDS, settings=REPORT_TIMEOUTS
    )
    try:
        yield payments, reports
    finally:
        await payments.dispose()
        await reports.dispose()

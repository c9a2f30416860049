"""Payments, reports, readiness and the journal have a pool each of one database, so that none keeps another waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.commit.scheduler import SIDE_TRANSACTIONS_MAX
from core.db.engine import PAYMENT_TIMEOUTS, PLANNER_SETTINGS, REPORT_SECONDS, REPORT_TIMEOUTS, make_engine

PAYMENT_CONNECTIONS: Final = 1 + SIDE_TRANSACTIONS_MAX + 1
"""For the batch, the transactions beside it, and CheckPerform."""

PAYMENT_SETTINGS: Final = {**PLANNER_SETTINGS, **PAYMENT_TIMEOUTS}

REPORT_CONNECTIONS: Final = 4
"""For orders that are shown, statements and the sweeper, which may wait for each other."""

JOURNAL_CONNECTIONS: Final = 2
"""To write, and to delete what is old."""


READINESS_CONNECTIONS: Final = 1
"""Of its own: whether payments can be taken must be known even while all of their connections are busy."""


DELIVERY_CONNECTIONS: Final = 2
"""To claim and to settle, which need not wait for each other."""

DELIVERY_SETTINGS: Final = {
    **PLANNER_SETTINGS,
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "statement_timeout": "10s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
}
"""The payment path's plans, and what is due in the order of its index: never all of it, to be sorted for the first few,
however much lies there or beside it.

A process that freezes in the middle of a settling keeps its endpoints locked for no longer than those five seconds:
what others send there meanwhile cannot be settled, and would be lost to them five times.
"""


@asynccontextmanager
async def pools(url: str, *, pooled: bool = False) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """Open the pools for payments and for reports. `pooled`: a pooler in transaction mode (PgBouncer) is in between."""
    payments = make_engine(url, PAYMENT_CONNECTIONS, pooled=pooled, settings=PAYMENT_SETTINGS)
    reports = make_engine(
        url, REPORT_CONNECTIONS, pooled=pooled, command_timeout=REPORT_SECONDS, settings=REPORT_TIMEOUTS
    )
    try:
        yield payments, reports
    finally:
        await payments.dispose()
        await reports.dispose()


@asynccontextmanager
async def readiness_pool(url: str, *, pooled: bool = False) -> AsyncIterator[AsyncEngine]:
    """Open the pool for the question whether payments can be taken: it connects as they do."""
    engine = make_engine(url, READINESS_CONNECTIONS, pooled=pooled, settings=PAYMENT_SETTINGS)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def journal_pool(url: str, *, pooled: bool = False) -> AsyncIterator[AsyncEngine]:
    """Open the pool for the record of calls: it must go on while all reports are busy."""
    engine = make_engine(
        url, JOURNAL_CONNECTIONS, pooled=pooled, command_timeout=REPORT_SECONDS, settings=REPORT_TIMEOUTS
    )
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def delivery_pool(url: str, *, pooled: bool = False) -> AsyncIterator[AsyncEngine]:
    """Open the pool for deliveries: to send and to settle them keeps neither payments nor reports waiting."""
    engine = make_engine(url, DELIVERY_CONNECTIONS, pooled=pooled, settings=DELIVERY_SETTINGS)
    try:
        yield engine
    finally:
        await engine.dispose()

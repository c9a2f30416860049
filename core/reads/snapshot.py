"""A snapshot is what a report reads: one moment of the database, in a bound of time, and nothing that may be lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.db.abort_timer import AbortTimer
from core.db.errors import db_error_of
from core.db.replication import SEND_WARNINGS, commit_replicated
from core.domain.errors import TryAgain

READ_MAX_SECONDS: Final = 4.0
"""For an order and for a page of orders, the standby included, and for each page of a statement."""

STANDBY_WAIT_MAX_SECONDS: Final = 2.0
"""For a synchronous standby to receive what was read; usually it has it already."""

WAIT_FOR_STANDBY: Final = text(f"""
    SELECT {SEND_WARNINGS}, CASE WHEN current_setting('synchronous_standby_names') <> '' AND NOT pg_is_in_recovery()
    THEN pg_logical_emit_message(true, 'tiyin', '') END
""")
"""Makes a transaction that only reads one that writes: with a synchronous standby its COMMIT waits until the standby
has all that was read. A server that crashed while it waited for its standby shows, as soon as it is back, rows that no
other server has; shown to a shop, and lost by failover, they would be a payment that never was."""


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[tuple[AsyncConnection, AbortTimer]]:
    """Begin a transaction that only reads, and that sees nothing which a synchronous standby lacks."""
    end = asyncio.get_running_loop().time() + READ_MAX_SECONDS
    try:
        async with engine.connect() as connection:
            timer = AbortTimer((await connection.get_raw_connection()).driver_connection)
            timer.start(end - asyncio.get_running_loop().time())
            try:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection, timer
                timer.start(STANDBY_WAIT_MAX_SECONDS)
                await connection.execute(WAIT_FOR_STANDBY)
                await commit_replicated(connection)
            finally:
                timer.stop()
    except Exception as error:
        if db_error_of(error).bug:
            raise
        raise TryAgain from error

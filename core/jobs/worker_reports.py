"""Workers report that they live, so that those who serve can leave the work beside payments to them."""

from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import SqlStatement

REPORT_SECONDS: Final = 20.0
LIVES_FOR: Final = timedelta(seconds=60)
"""After its last report."""

REPORT: Final = SqlStatement("""
    WITH forgotten AS (DELETE FROM worker_reports WHERE at < now() - interval '1 day')
    INSERT INTO worker_reports (process, at) VALUES (:process, now())
    ON CONFLICT (process) DO UPDATE SET at = now()
""")
LIVES: Final = SqlStatement(
    "SELECT EXISTS (SELECT FROM worker_reports WHERE at > now() - CAST(:lives_for AS interval))"
)
RETIRE: Final = SqlStatement("DELETE FROM worker_reports WHERE process = :process")


async def report_worker(engine: AsyncEngine, process: str) -> None:
    """Say that the worker lives."""
    async with Connections(engine).autocommit() as connection:
        await REPORT.on(connection, {"process": process})


async def retire_worker(engine: AsyncEngine, process: str) -> None:
    """Say that the worker is about to end."""
    async with Connections(engine).autocommit() as connection:
        await RETIRE.on(connection, {"process": process})


async def worker_lives(engine: AsyncEngine) -> bool:
    """Return whether any worker has reported lately."""
    async with Connections(engine).autocommit() as connection:
        ((lives,),) = await LIVES.on(connection, {"lives_for": LIVES_FOR})
    return bool(lives)

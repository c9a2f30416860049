"""The invariants, asked of the database after whatever was done to it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core.audit.audit import audit_books
from core.clock import wall_clock
from core.domain.periods import Periods


async def assert_invariants_hold(database_url: str, now: datetime | None = None) -> None:
    """Raises AssertionError with what does not hold. `now`: of the gateway's clock, where the test moves it."""
    engine = create_async_engine(database_url, poolclass=NullPool)
    try:
        found = await audit_books(engine, now or wall_clock(), Periods().lifetimes)
        assert not found, found
    finally:
        await engine.dispose()

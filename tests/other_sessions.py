"""Other sessions at the database: they hold rows, take a table away, and may make it one that is only read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


@asynccontextmanager
async def holding(database: AsyncEngine, *statements: str, **values: Any) -> AsyncIterator[None]:
    """Somebody else's transaction that keeps what these statements lock; in the end it is rolled back."""
    async with database.connect() as connection:
        holder = await connection.execution_options(isolation_level="READ COMMITTED")
        for statement in statements:
            await holder.execute(text(statement), values)
        yield
        await holder.rollback()


@asynccontextmanager
async def without(database: AsyncEngine, table: str) -> AsyncIterator[None]:
    """The table is gone for a while."""
    async with database.connect() as connection:
        await connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
        try:
            yield
        finally:
            await connection.execute(text(f"ALTER TABLE {table}_away RENAME TO {table}"))


@asynccontextmanager
async def only_read(database: AsyncEngine) -> AsyncIterator[None]:
    """Connections that are made meanwhile may never write."""
    name = database.url.database
    async with database.connect() as connection:
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        try:
            yield
        finally:
            await connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))


async def execute(url: str, *statements: str) -> None:
    """Outside a transaction, on a connection of their own."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()

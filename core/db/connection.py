"""The driver's own connections, lent by the engine's pool: for the payment path.

There SQLAlchemy would cost several times what the driver costs for the same statement (decision 12). What is off the
path goes through it.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from asyncpg import Record
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.autocommit import POOLED
from core.db.errors import connection_is_sound, db_error_of
from core.db.replication import replicated

T = TypeVar("T")

CLOSED_CONNECTIONS_MAX: Final = 100
"""More than any pool has: then the server closes connections as soon as they are made."""


class PooledConnection:
    """A connection for one transaction, or for single statements."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self._pooled = pooled
        self._driver: Any = pooled.driver_connection
        self._late = False

    async def rows(self, sql: str, values: Sequence[Any]) -> list[Record]:
        return await self._in_time(self._driver.fetch(sql, *values))

    async def begin(self) -> None:
        await self._in_time(self._driver.execute("BEGIN"))

    async def commit(self) -> None:
        """Everywhere: with a synchronous standby, there as well."""
        with replicated(self._driver):
            await self._in_time(self._driver.execute("COMMIT"))

    async def roll_back(self) -> None:
        """What was begun, if anything was."""
        if self._driver.is_in_transaction():
            await self._in_time(self._driver.execute("ROLLBACK"))

    def give_up(self) -> None:
        """Hang up: whoever waits for an answer hears that it took too long."""
        self._late = True
        self.abort()

    def abort(self) -> None:
        self._driver.terminate()

    def release(self) -> None:
        """The pool makes another in the place of one that is closed."""
        if self._driver.is_closed():
            self._pooled.invalidate()
        self._pooled.close()

    async def _in_time(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except Exception as error:
            if self._late:
                raise TimeoutError("the transaction took too long") from error
            raise


class Connections:
    """An engine's connections. After one has broken, those that are as old are not trusted either."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._behind_pooler = bool(engine.get_execution_options().get(POOLED))
        self._broke_at = -math.inf

    @asynccontextmanager
    async def transaction(self, deadline: float, longest: float) -> AsyncIterator[PooledConnection]:
        """Begun, and rolled back unless the context commits.

        At the deadline, by the loop's clock, or after the longest time, in seconds, we hang up, whatever is under way;
        also when it has failed and nothing is known of the connection, rather than wait for its answer to a ROLLBACK.
        """
        connection = await self._take()
        loop = asyncio.get_running_loop()
        guard = loop.call_at(min(deadline, loop.time() + longest), connection.give_up)
        try:
            await connection.begin()
            yield connection
            await connection.roll_back()
        except BaseException as error:
            await self._leave(connection, error)
            raise
        finally:
            guard.cancel()
            connection.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[PooledConnection]:
        """Each statement for itself; behind a pooler in a transaction (`core.db.autocommit` says why)."""
        connection = await self._take()
        try:
            if self._behind_pooler:
                await connection.begin()
            yield connection
            if self._behind_pooler:
                await connection.commit()
        except BaseException as error:
            await self._leave(connection, error)
            raise
        finally:
            connection.release()

    async def _take(self) -> PooledConnection:
        now = asyncio.get_running_loop().time
        for _ in range(CLOSED_CONNECTIONS_MAX):
            pooled = await self._engine.raw_connection()
            driver: Any = pooled.driver_connection
            connection = PooledConnection(pooled)
            if pooled.info.setdefault("lent_first", now()) > self._broke_at and not driver.is_closed():
                return connection
            connection.abort()
            connection.release()
        raise ConnectionError("the database closes every connection at once")

    async def _leave(self, connection: PooledConnection, error: BaseException) -> None:
        if connection_is_sound(error):
            try:
                await connection.roll_back()
            except BaseException as worse:
                connection.abort()
                if not isinstance(worse, Exception):
                    raise
        else:
            connection.abort()
            if not db_error_of(error.__cause__ or error).bug:
                self._broke_at = asyncio.get_running_loop().time()

"""The payment path uses the driver's own connections, out of the engine's pool.

There SQLAlchemy would cost several times what the driver costs for the same statement (decision 12). Everything off the
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
from core.db.errors import connection_is_sound, db_error_of, is_servers_answer
from core.db.replication import replication_required

T = TypeVar("T")

CLOSED_CONNECTIONS_MAX: Final = 100
"""More than any pool has: after so many, the server closes connections as soon as they are made."""


TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1)"
"""To the end of the transaction: a pooler in between loses no lock, nor does a process that dies keep one."""


class PooledConnection:
    """Is taken out of the pool for one transaction, or for single statements."""

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self._pooled = pooled
        self._driver: Any = pooled.driver_connection
        self._timed_out = False

    async def rows(self, sql: str, values: Sequence[Any]) -> list[Record]:
        return await self._timely(self._driver.fetch(sql, *values))

    async def replicated_rows(self, sql: str, values: Sequence[Any]) -> list[Record]:
        """Run a statement that is committed by itself; with a synchronous standby, there as well."""
        with replication_required(self._driver):
            return await self.rows(sql, values)

    async def begin(self) -> None:
        await self._timely(self._driver.execute("BEGIN"))

    async def commit(self, last: str | None = None) -> None:
        """Commit; with a synchronous standby, there as well.

        `last`: a statement that goes before, in the same message. After an error in it the server does not come to the
        COMMIT; but where there is no answer nobody knows which of the two it was.
        """
        with replication_required(self._driver):
            await self._timely(self._driver.execute("COMMIT" if last is None else f"{last}; COMMIT"))

    def failed_before_commit(self, error: BaseException) -> bool:
        """Return whether `commit` raised this, and the server has said that it did not come to the COMMIT.

        With its answer it says that the transaction has failed and waits to be rolled back: a COMMIT would have ended
        it. What the server says as it ends a session, or what we say where there is no answer, leaves that open.
        """
        return is_servers_answer(error) and not self._driver.is_closed() and self._driver.is_in_transaction()

    async def roll_back(self) -> None:
        """Roll back the transaction, if one was begun."""
        if self._driver.is_in_transaction():
            await self._timely(self._driver.execute("ROLLBACK"))

    def time_out(self) -> None:
        """Abort: the statement under way fails with TimeoutError."""
        self._timed_out = True
        self.abort()

    def abort(self) -> None:
        self._driver.terminate()

    def release(self) -> None:
        """Return the connection to the pool, which replaces one that is closed."""
        if self._driver.is_closed():
            self._pooled.invalidate()
        self._pooled.close()

    async def _timely(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except Exception as error:
            if self._timed_out:
                raise TimeoutError("the transaction took too long") from error
            raise


class Connections:
    """Takes connections out of an engine's pool. After one has broken, those that are as old are not trusted either."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._behind_pooler = bool(engine.get_execution_options().get(POOLED))
        self._broke_at = -math.inf

    @asynccontextmanager
    async def transaction(self, deadline: float, max_seconds: float) -> AsyncIterator[PooledConnection]:
        """Begin a transaction, and roll it back unless the context commits.

        At the deadline, by the loop's clock, or after `max_seconds` the connection is aborted, whatever is under way;
        also when it has failed and its state is unknown, rather than wait for the answer to a ROLLBACK.
        """
        connection = await self._take()
        loop = asyncio.get_running_loop()
        timer = loop.call_at(min(deadline, loop.time() + max_seconds), connection.time_out)
        try:
            await connection.begin()
            yield connection
            await connection.roll_back()
        except BaseException as error:
            await self._after_error(connection, error)
            raise
        finally:
            timer.cancel()
            connection.release()

    @asynccontextmanager
    async def alone(self, key: int, max_seconds: float) -> AsyncIterator[PooledConnection | None]:
        """Begin a transaction beside which no other has this key; None where another has it, in whatever process."""
        async with self.transaction(math.inf, max_seconds) as connection:
            ((is_alone,),) = await connection.rows(TRY_LOCK, (key,))
            yield connection if is_alone else None

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[PooledConnection]:
        """Commit each statement by itself; behind a pooler all in a transaction (`core.db.autocommit` says why)."""
        connection = await self._take()
        try:
            if self._behind_pooler:
                await connection.begin()
            yield connection
            if self._behind_pooler:
                await connection.commit()
        except BaseException as error:
            await self._after_error(connection, error)
            raise
        finally:
            connection.release()

    async def _take(self) -> PooledConnection:
        now = asyncio.get_running_loop().time
        for _ in range(CLOSED_CONNECTIONS_MAX):
            pooled = await self._engine.raw_connection()
            driver: Any = pooled.driver_connection
            connection = PooledConnection(pooled)
            if pooled.info.setdefault("first_used_at", now()) > self._broke_at and not driver.is_closed():
                return connection
            connection.abort()
            connection.release()
        raise ConnectionError("the database closes every connection at once")

    async def _after_error(self, connection: PooledConnection, error: BaseException) -> None:
        if connection_is_sound(error):
            try:
                await connection.roll_back()
            except BaseException as rollback_error:
                connection.abort()
                if not isinstance(rollback_error, Exception):
                    raise
        else:
            connection.abort()
            if not db_error_of(error.__cause__ or error).bug:
                self._broke_at = asyncio.get_running_loop().time()

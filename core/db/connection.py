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
from core.db.errors import fault_of, keeps_connection
from core.db.replication import everywhere

T = TypeVar("T")

CLOSED_IN_A_ROW: Final = 100
"""More than any pool has: then the server closes connections as soon as they are made."""


class Lent:
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
        with everywhere(self._driver):
            await self._in_time(self._driver.execute("COMMIT"))

    async def roll_back(self) -> None:
        """What was begun, if anything was."""
        if self._driver.is_in_transaction():
            await self._in_time(self._driver.execute("ROLLBACK"))

    def give_up(self) -> None:
        """Hang up: whoever waits for an answer hears that it took too long."""
        self._late = True
        self.hang_up()

    def hang_up(self) -> None:
        self._driver.terminate()

    def give_back(self) -> None:
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


class Driver:
    """An engine's connections. After one has broken, those that are as old are not trusted either."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._behind_pooler = bool(engine.get_execution_options().get(POOLED))
        self._broke_at = -math.inf

    @asynccontextmanager
    async def transaction(self, deadline: float, longest: float) -> AsyncIterator[Lent]:
        """Begun, and rolled back unless the context commits.

        At the deadline, by the loop's clock, or after the longest time, in seconds, we hang up, whatever is under way;
        also when it has failed and nothing is known of the connection, rather than wait for its answer to a ROLLBACK.
        """
        lent = await self._take()
        loop = asyncio.get_running_loop()
        guard = loop.call_at(min(deadline, loop.time() + longest), lent.give_up)
        try:
            await lent.begin()
            yield lent
            await lent.roll_back()
        except BaseException as error:
            await self._leave(lent, error)
            raise
        finally:
            guard.cancel()
            lent.give_back()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Lent]:
        """Each statement for itself; behind a pooler in a transaction (`core.db.autocommit` says why)."""
        lent = await self._take()
        try:
            if self._behind_pooler:
                await lent.begin()
            yield lent
            if self._behind_pooler:
                await lent.commit()
        except BaseException as error:
            await self._leave(lent, error)
            raise
        finally:
            lent.give_back()

    async def _take(self) -> Lent:
        now = asyncio.get_running_loop().time
        for _ in range(CLOSED_IN_A_ROW):
            pooled = await self._engine.raw_connection()
            driver: Any = pooled.driver_connection
            lent = Lent(pooled)
            if pooled.info.setdefault("lent_first", now()) > self._broke_at and not driver.is_closed():
                return lent
            lent.hang_up()
            lent.give_back()
        raise ConnectionError("the database closes every connection at once")

    async def _leave(self, lent: Lent, error: BaseException) -> None:
        if keeps_connection(error):
            try:
                await lent.roll_back()
            except BaseException as worse:
                lent.hang_up()
                if not isinstance(worse, Exception):
                    raise
        else:
            lent.hang_up()
            if not fault_of(error.__cause__ or error).bug:
                self._broke_at = asyncio.get_running_loop().time()

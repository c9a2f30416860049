"""A housekeeper empties the tables before a test and reads the journal after it, on one connection for all tests.

A connection for each test would cost more than most tests do. This one lives on the session's event loop, which no
test runs on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from tests.last_release.database import CLEANING

JOURNAL = "SELECT CAST(exchanges AS text) FROM exchanges"


class Housekeeper:
    def __init__(self) -> None:
        self._url = ""
        self._connection: Any = None

    async def clean(self, url: str) -> None:
        """Empty every table; then bring the rows of a later release."""
        await self._do(url, _clean)

    async def journal(self, url: str) -> list[str]:
        """Read what was recorded, a row a text."""
        return [row[0] for row in await self._do(url, lambda connection: connection.fetch(JOURNAL))]

    async def close(self) -> None:
        """Leave the database. The server may be gone."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
            await asyncio.sleep(0)  # in which the loop closes the socket

    async def _do(self, url: str, act: Callable[[Any], Awaitable[Any]]) -> Any:
        if self._connection is None or self._url != url:
            await self._connect(url)
        try:
            return await act(self._connection)
        except Exception:  # a test may have ended every session, or moved the database away and back
            await self._connect(url)
            return await act(self._connection)

    async def _connect(self, url: str) -> None:
        await self.close()
        place = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        # Prepared anew each time: what a test does to the tables must not reach the next through a statement's plan.
        self._connection = await asyncpg.connect(place, statement_cache_size=0)
        self._url = url


async def _clean(connection: Any) -> None:
    for script in CLEANING:
        await connection.execute(script)

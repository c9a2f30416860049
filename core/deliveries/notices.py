"""Notices pass from process to process through the database: there may be something to send."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections

CHANNEL: Final = "tiyin"

NOTIFY: Final = f"SELECT pg_notify('{CHANNEL}', $1)"
"""In a statement of its own, after the payment's COMMIT: within that transaction all others would wait for it."""

NOTIFY_PAUSE_SECONDS: Final = 0.02
"""Between two: payments that are committed meanwhile come with the next."""

SELF_TEST_SECONDS: Final = 30.0
"""Between two tests whether notices arrive: a pooler in transaction mode swallows them without a word."""

SELF_TEST_MAX_SECONDS: Final = 2.0


class NoticesLostError(Exception):
    """Notices that were sent do not arrive."""


class Notifier:
    """Sends notices, however often it is rung, at most every 20 ms."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._connections = Connections(engine)
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def run_once(self) -> None:
        """Wait until it is rung, and send one."""
        await self._rung.wait()
        self._rung.clear()
        async with self._connections.autocommit() as connection:
            await connection.rows(NOTIFY, ("",))
        await asyncio.sleep(NOTIFY_PAUSE_SECONDS)


async def listen(engine: AsyncEngine, ring: Callable[[], None], heard: Callable[[], None]) -> None:
    """Ring with each notice, for as long as notices arrive; `heard` is called once it is sure that they do.

    Raises NoticesLostError, or what the connection raises, when they do not.
    """
    arrived = asyncio.Event()

    def receive(*_: Any) -> None:
        arrived.set()
        ring()

    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.add_listener(CHANNEL, receive)
        try:
            while True:
                arrived.clear()
                try:
                    async with asyncio.timeout(SELF_TEST_MAX_SECONDS):
                        await driver.fetch(NOTIFY, "")
                        await arrived.wait()
                except TimeoutError:
                    driver.terminate()  # one that is silent would not answer a goodbye, either
                    raise NoticesLostError from None
                heard()
                await asyncio.sleep(SELF_TEST_SECONDS)
        finally:
            if not driver.is_closed():
                await driver.remove_listener(CHANNEL, receive)

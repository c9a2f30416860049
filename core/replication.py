"""What is committed on this server may be on no other yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection


class NotReplicatedError(Exception):
    """Committed on this server, and perhaps on no other."""


@contextmanager
def everywhere(driver: Any) -> Iterator[None]:
    """Around a COMMIT: make sure that the server did not give up waiting for a synchronous standby.

    Whoever cancels that wait on the server makes the COMMIT succeed: only a warning says that the standby may not have
    it. At a COMMIT there is nothing else to warn of. `driver`: asyncpg's connection.
    """
    said: list[object] = []

    def hear(_: object, message: object) -> None:
        said.append(message)

    driver.add_log_listener(hear)
    try:
        yield
    finally:
        driver.remove_log_listener(hear)
    if said:
        raise NotReplicatedError(str(said[0]))


async def commit_everywhere(connection: AsyncConnection) -> None:
    """The same for a connection of SQLAlchemy's."""
    driver = (await connection.get_raw_connection()).driver_connection
    with everywhere(driver):
        await connection.commit()

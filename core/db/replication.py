"""What is committed on this server may be on no other yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

WARNINGS: Final = "set_config('client_min_messages', 'warning', true)"
"""In the list of a SELECT: what the server warns of is sent, until the end of the transaction."""


class NotReplicatedError(Exception):
    """Committed on this server, and perhaps on no other."""


@contextmanager
def replicated(driver: Any) -> Iterator[None]:
    """Around a COMMIT: make sure that the server did not give up waiting for a synchronous standby.

    Whoever cancels that wait on the server makes the COMMIT succeed: only a warning says that the standby may not have
    it. At a COMMIT there is nothing else to warn of. A server can be set to send fewer messages, or more: so that this
    one comes, the transaction must have asked for WARNINGS. `driver`: asyncpg's connection.
    """
    said: list[object] = []

    def hear(_: object, message: Any) -> None:
        if message.severity_en == "WARNING":
            said.append(message)

    driver.add_log_listener(hear)
    try:
        yield
    finally:
        driver.remove_log_listener(hear)
    if said:
        raise NotReplicatedError(str(said[0]))


async def commit_replicated(connection: AsyncConnection) -> None:
    """The same for a connection of SQLAlchemy's."""
    driver = (await connection.get_raw_connection()).driver_connection
    with replicated(driver):
        await connection.commit()

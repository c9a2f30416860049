"""Replication may be behind: what is committed on this server may be on no other yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

SEND_WARNINGS: Final = "set_config('client_min_messages', 'warning', true)"
"""In the list of a SELECT: the server sends its warnings until the end of the transaction."""


class NotReplicatedError(Exception):
    """Committed on this server, and perhaps on no other."""


@contextmanager
def replication_required(driver: Any) -> Iterator[None]:
    """Raise NotReplicatedError if the COMMIT in this context did not wait for a synchronous standby to the end.

    An operator who cancels that wait on the server makes the COMMIT succeed: only a warning says that the standby may
    not have it. At a COMMIT there is nothing else to warn of. Where a save warns (a trigger of somebody's, a server
    that is about to run out of numbers for transactions), the COMMIT is looked up in vain. A server can be set to send
    fewer messages, or more: so that this one comes, the transaction must have run SEND_WARNINGS. `driver`: asyncpg's
    connection.
    """
    warnings: list[object] = []

    def keep_warning(_: object, message: Any) -> None:
        if message.severity_en == "WARNING":
            warnings.append(message)

    driver.add_log_listener(keep_warning)
    try:
        yield
    finally:
        driver.remove_log_listener(keep_warning)
    if warnings:
        raise NotReplicatedError(str(warnings[0]))


async def commit_replicated(connection: AsyncConnection) -> None:
    """Commit on a connection of SQLAlchemy's, with the same check."""
    driver = (await connection.get_raw_connection()).driver_connection
    with replication_required(driver):
        await connection.commit()

"""Errors of connecting say what was there instead of a PostgreSQL that lets us in, whatever the driver makes of it."""

import errno

import asyncpg

from core.db.errors import CONNECTION_CLASS, sqlstate_of


class NotConnectedError(ConnectionError):
    """No connection was made; the text says why."""


def connect_error(error: Exception, seconds: float) -> Exception:
    """Return the error in words, as one that time may heal. `seconds`: how long was waited.

    What PostgreSQL says, or the operating system, or the driver about an address, is in words already. All else is the
    driver's surprise at what it read: it would look like a bug of ours.
    """
    sqlstate = sqlstate_of(error)
    if sqlstate is not None and not sqlstate.startswith(CONNECTION_CLASS):
        return error
    if isinstance(error, TimeoutError):
        return TimeoutError(f"no answer within {seconds:g} s")
    if isinstance(error, asyncpg.InterfaceError | asyncpg.TargetServerAttributeNotMatched):
        return error
    if sqlstate is not None or _was_closed(error):
        return NotConnectedError("the connection was closed before it was ready for use")
    return error if isinstance(error, OSError) else NotConnectedError("what answers there is no PostgreSQL")


def _was_closed(error: Exception) -> bool:
    if not isinstance(error, ConnectionError):
        return False
    return error.errno in (errno.ECONNRESET, errno.EPIPE) or "connection_lost" in str(error)

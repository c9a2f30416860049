"""Every error of the database has a name here, and a number of retries that may help."""

from dataclasses import dataclass
from typing import Final

from asyncpg import InvalidCachedStatementError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.db.replication import NotReplicatedError


class RollbackError(Exception):
    """The core itself rolls back."""


class LostRaceError(RollbackError):
    """A row is not as it was read, although its order is locked: the second guard, which should never fire."""


@dataclass(frozen=True, slots=True)
class DbError:
    """Classifies an error. `kind`: for the metrics. `retries`: how many more times the same commands may be run."""

    kind: str
    retries: int
    bug: bool = False
    """Time would not heal it."""


LOCK_TIMEOUT: Final = DbError("lock_timeout", 1)
LOST_RACE: Final = DbError("lost_race", 2)

READ_ONLY: Final = "25006"
NOT_AS_READ: Final = "TY001"
PAYMENTS_BLOCKED: Final = "TY002"
"""Our own codes, which `save_1` raises."""

# PostgreSQL's own codes, by class or whole (PostgreSQL manual, appendix A). An error that carries one is found by
# it, the driver's or SQLAlchemy's; one without a code is a broken connection.
_BY_SQLSTATE: Final = {
    "40001": DbError("serialization", 2),
    "40P01": DbError("deadlock", 2),
    "55P03": LOCK_TIMEOUT,
    "57014": DbError("statement_timeout", 0),
    "57P01": DbError("shutdown", 2),
    "57P02": DbError("crash", 2),
    "57P03": DbError("starting", 2),
    READ_ONLY: DbError("read_only", 2),
    "25P03": DbError("idle", 2),
    "23505": LOST_RACE,
    NOT_AS_READ: LOST_RACE,
    "53300": DbError("too_many_connections", 2),
}
CONNECTION_CLASS: Final = "08"
"""The class of connection errors, which the driver gives to errors of its own, too."""

_BY_CLASS: Final = {
    CONNECTION_CLASS: DbError("connection", 2),
    "53": DbError("out_of_resources", 0),
    "58": DbError("system", 0),
    "57": DbError("intervention", 2),
    "XX": DbError("internal", 0),
}
DISCONNECTED: Final = DbError("connection", 2)
TIMED_OUT: Final = DbError("timeout", 2)
POOL_EMPTY: Final = DbError("pool_empty", 0)
NOT_REPLICATED: Final = DbError("not_replicated", 2)
MIGRATED: Final = DbError("migrated", 2)
"""A statement was prepared before a migration and has another result now; the driver has dropped it."""
BUG: Final = DbError("bug", 0, bug=True)


def db_error_of(error: BaseException) -> DbError:
    """Classify an error of a transaction that is known not to have been committed."""
    if isinstance(error, LostRaceError):
        return LOST_RACE
    if isinstance(error, NotReplicatedError):
        return NOT_REPLICATED
    if isinstance(error, PoolTimeoutError):
        return POOL_EMPTY
    if isinstance(error, TimeoutError):
        return TIMED_OUT
    if isinstance(error, OSError):
        return DISCONNECTED
    if isinstance(error, InvalidCachedStatementError):
        return MIGRATED
    sqlstate = sqlstate_of(error)
    if sqlstate is not None:
        return _BY_SQLSTATE.get(sqlstate) or _BY_CLASS.get(sqlstate[:2]) or BUG
    if isinstance(error, DBAPIError) or _is_from_driver(error):
        return DISCONNECTED
    return BUG


def in_words(error: BaseException) -> str | None:
    """Say in a line what has happened at the database; None: nothing has, it is a bug."""
    db_error, sqlstate = db_error_of(error), sqlstate_of(error)
    text = str(getattr(error, "orig", None) or error).partition("\n")[0]
    if sqlstate is not None and not sqlstate.startswith(CONNECTION_CLASS):
        return f"{text} ({sqlstate})"
    if db_error.bug:
        return None
    if db_error is POOL_EMPTY:
        return "no connection was free in time"
    if db_error is TIMED_OUT:
        return text or "no answer in time"
    return text if isinstance(error, OSError) and text else "the connection was closed"


def surely_rolled_back(error: BaseException) -> bool:
    """Return whether a COMMIT that raised this is known not to have happened. Otherwise it is unknown."""
    sqlstate = sqlstate_of(error)
    return sqlstate is not None and sqlstate[:2] in {"23", "40"}


def is_servers_answer(error: BaseException) -> bool:
    """Return whether the server has answered so, and goes on with the session."""
    return getattr(error, "severity_en", None) == "ERROR"


def connection_is_sound(error: BaseException) -> bool:
    """Return whether the connection can be used again after a ROLLBACK.

    One to a server that may only be read can't: by now the database's address may lead to another.
    """
    cause = error.__cause__ or error
    sqlstate = sqlstate_of(cause)
    return isinstance(cause, RollbackError) or (
        sqlstate is not None and sqlstate[:2] != CONNECTION_CLASS and sqlstate != READ_ONLY
    )


def server_is_sound(error: BaseException) -> bool:
    """Return whether nothing is wrong with the server: the core rolled back, or a row was locked for too long."""
    cause = error.__cause__ or error
    return isinstance(cause, RollbackError) or db_error_of(cause) is LOCK_TIMEOUT


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five-character code, if the server sent one."""
    original = error.orig if isinstance(error, DBAPIError) else error
    sqlstate = getattr(original, "sqlstate", None)
    return sqlstate if isinstance(sqlstate, str) else None


def _is_from_driver(error: BaseException) -> bool:
    """Return whether it is asyncpg's own error about a connection (`InterfaceError`, `InternalClientError`): it has no
    code, and about a connection that cannot be made it comes as SQLAlchemy's pool passes it on."""
    return type(error).__module__.startswith(("asyncpg", "sqlalchemy.dialects.postgresql.asyncpg"))

"""What went wrong with the database, and whether running the same again may help."""

from dataclasses import dataclass
from typing import Final

from asyncpg import InvalidCachedStatementError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from core.db.replication import NotReplicatedError


class GivenUpError(Exception):
    """Our own reason to roll back."""


class LostRaceError(GivenUpError):
    """A row was not as it was read, although its order is locked: the second guard, which should never fire."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` counts in the metrics. `again`: how many more times the same commands may be run."""

    kind: str
    again: int
    bug: bool = False
    """Nothing that time would heal."""


LOCK_TIMEOUT: Final = Fault("lock_timeout", 1)

READ_ONLY: Final = "25006"

# PostgreSQL's own codes, by class or whole (PostgreSQL manual, appendix A). An asyncpg error that carries one arrives
# as a plain DBAPIError; one that carries none is a connection that broke.
_BY_STATE: Final = {
    "40001": Fault("serialization", 2),
    "40P01": Fault("deadlock", 2),
    "55P03": LOCK_TIMEOUT,
    "57014": Fault("statement_timeout", 0),
    "57P01": Fault("shutdown", 2),
    "57P02": Fault("crash", 2),
    "57P03": Fault("starting", 2),
    READ_ONLY: Fault("read_only", 2),
    "25P03": Fault("idle", 2),
    "23505": Fault("lost_race", 2),
    "53300": Fault("too_many_connections", 2),
}
BROKEN: Final = "08"
"""A class that the driver gives to errors of its own, too."""

_BY_CLASS: Final = {
    BROKEN: Fault("connection", 2),
    "53": Fault("out_of_resources", 0),
    "58": Fault("system", 0),
    "57": Fault("intervention", 2),
    "XX": Fault("internal", 0),
}
AWAY: Final = Fault("connection", 2)
SLOW: Final = Fault("timeout", 2)
LOST_RACE: Final = Fault("lost_race", 2)
POOL_EMPTY: Final = Fault("pool_empty", 0)
NOT_REPLICATED: Final = Fault("not_replicated", 2)
MIGRATED: Final = Fault("migrated", 2)
"""A statement was prepared before a migration, and has another result now; the driver has forgotten it."""
BUG: Final = Fault("bug", 0, bug=True)


def fault_of(error: BaseException) -> Fault:
    """Classify whatever came out of a transaction that is known not to have been committed."""
    if isinstance(error, LostRaceError):
        return LOST_RACE
    if isinstance(error, NotReplicatedError):
        return NOT_REPLICATED
    if isinstance(error, PoolTimeoutError):
        return POOL_EMPTY
    if isinstance(error, TimeoutError):
        return SLOW
    if isinstance(error, OSError):
        return AWAY
    if isinstance(error, InvalidCachedStatementError):
        return MIGRATED
    state = sqlstate_of(error)
    if state is not None:
        return _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or BUG
    if isinstance(error, DBAPIError) or _from_driver(error):
        return AWAY
    return BUG


def surely_rolled_back(error: BaseException) -> bool:
    """Whether a COMMIT that raised this is known not to have happened. Otherwise nobody knows."""
    state = sqlstate_of(error)
    return state is not None and state[:2] in {"23", "40"}


def keeps_connection(error: BaseException) -> bool:
    """Whether the connection on which it came up is as good as before, but for what it had begun.

    One to a server that may only be read is not: by now the database's address may lead to another.
    """
    cause = error.__cause__ or error
    state = sqlstate_of(cause)
    return isinstance(cause, GivenUpError) or (state is not None and state[:2] != BROKEN and state != READ_ONLY)


def given_up(error: BaseException) -> bool:
    """Whether nothing is wrong with the server: we gave up, or somebody held a row for too long."""
    cause = error.__cause__ or error
    return isinstance(cause, GivenUpError) or fault_of(cause) is LOCK_TIMEOUT


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five-character code, if the server sent one."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None)
    return state if isinstance(state, str) else None


def _from_driver(error: BaseException) -> bool:
    """asyncpg's own complaints about a connection (`InterfaceError`, `InternalClientError`) come without a code; those
    about one that cannot be made come as SQLAlchemy's pool passes them on."""
    return type(error).__module__.startswith(("asyncpg", "sqlalchemy.dialects.postgresql.asyncpg"))

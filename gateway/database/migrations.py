"""Migrations bring a database's schema up to date."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from core import BEHIND_POOLER, failover_connector, sqlstate_of
from gateway.database.libpq_address import libpq_url
from gateway.database.migration_errors import (
    MigrationError,
    TableInUseError,
    UnreachableError,
    UnreleasedSchemaError,
)

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
"""An operator waits at the terminal, and a database that has just been started may be slow."""

TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(7494559601)")
"""Two that begin at once on an empty database would make its tables twice.

Tried again and again instead of waited for: a connection that waits in the database keeps a snapshot, and an index that
is built beside the traffic waits for every snapshot."""

LOCK_PAUSE_SECONDS: Final = 0.1
"""Between two tries to get that lock."""

DROP_SNAPSHOT: Final = text("SET LOCAL idle_in_transaction_session_timeout = 0")
"""The lock is held for as long as a step takes; and with the next statement the snapshot of the one before is gone."""

SCRIPTS: Final = "schema:migrations"

SET_LOCK_TIMEOUT: Final = text("SET lock_timeout = '500ms'")
"""A step that waits for a table keeps all payments waiting behind it: it must give up before they do, and come back."""

TABLE_IN_USE: Final = frozenset({"55P03", "40P01"})
"""What PostgreSQL answers to a step that waited too long for a table, or in a circle."""

NOT_LET_IN: Final = frozenset({"28000", "28P01", "3D000"})
"""What PostgreSQL answers to an unknown user, a wrong password and an unknown database."""

TRIES: Final = 30
"""Of a step that found its table in use, a pause after each: half a minute and more."""

RETRY_PAUSE_SECONDS: Final = 1.0
"""In it the payments that waited behind the step are done."""

UNRELEASED: Final = re.compile(r"0001(_[0-9]+)?")
"""Before the first release the first step was rewritten in place, and its revision changed each time."""


def upgrade(url: str, scripts: str = SCRIPTS) -> None:
    """Bring the schema up to date, step by step, while others use it. Several at once wait for each other."""
    for left in reversed(range(TRIES)):
        try:
            return under_lock(url, lambda connection: _upgrade(connection, scripts))
        except TableInUseError:
            if left == 0:
                raise
        time.sleep(RETRY_PAUSE_SECONDS)
    return None


def _upgrade(connection: Connection, scripts: str) -> None:
    config = _config(scripts, connection)
    revisions(connection, ScriptDirectory.from_config(config))
    connection.execute(SET_LOCK_TIMEOUT)
    connection.commit()
    command.upgrade(config, "head")


def known_steps() -> ScriptDirectory:
    """List the steps that this release brings."""
    return ScriptDirectory.from_config(_config(SCRIPTS))


def revisions(connection: Connection, known: ScriptDirectory) -> set[str]:
    """Read the revisions that the database has. Raises UnreleasedSchemaError."""
    found = set(MigrationContext.configure(connection).get_current_heads())
    unknown = found - {step.revision for step in known.walk_revisions()}
    if any(UNRELEASED.fullmatch(revision) for revision in unknown):
        raise UnreleasedSchemaError
    return found


def _config(scripts: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts)
    config.attributes["connection"] = connection
    return config


def under_lock(url: str, act: Callable[[Connection], T]) -> T:
    """Act under the lock; the driver's errors are passed on without the password."""
    try:
        return asyncio.run(_locked(url, act))
    except CommandError as error:
        raise MigrationError(f"The database's schema is not known to this version of tiyin: {error}") from None
    except (OSError, SQLAlchemyError) as error:
        raise _explained(error, url) from None


def _explained(error: OSError | SQLAlchemyError, url: str) -> MigrationError:
    cause, sqlstate = getattr(error, "orig", None) or error, sqlstate_of(error)
    reason = "it does not answer" if isinstance(cause, TimeoutError) else str(cause).partition("\n")[0]
    if isinstance(cause, OSError) or sqlstate in NOT_LET_IN:
        return UnreachableError(libpq_url(url), reason)
    kind = TableInUseError if sqlstate in TABLE_IN_USE else MigrationError
    return kind(f"The database cannot be used: {reason}")


async def _locked(url: str, act: Callable[[Connection], T]) -> T:
    arguments = {"timeout": CONNECT_SECONDS, "async_creator_fn": failover_connector(), **BEHIND_POOLER}
    engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments)
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            while not (await guard.execute(TRY_LOCK)).scalar_one():
                await guard.rollback()
                await asyncio.sleep(LOCK_PAUSE_SECONDS)
            await guard.execute(DROP_SNAPSHOT)
            result = await connection.run_sync(act)
            await connection.commit()
            return result
    finally:
        await engine.dispose()

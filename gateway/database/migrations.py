"""Bringing a database's schema up to date, and asking whether it is."""

import asyncio
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

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
LOCK: Final = text("SELECT pg_try_advisory_xact_lock(7494559601)")
"""Two that begin at once on an empty database would make its tables twice.

Asked again and again instead of waited for: whoever waits in the database keeps a snapshot, and an index that is built
beside the traffic waits for every snapshot."""

LET_GO: Final = text("SET LOCAL idle_in_transaction_session_timeout = 0")
"""The lock is held for as long as a step takes; and with the next statement the snapshot of the one before is gone."""

TURN_SECONDS: Final = 0.1

SCRIPTS: Final = "schema:migrations"

PATIENCE: Final = text("SET lock_timeout = '500ms'")
"""A step that waits for a table keeps all payments waiting behind it: it must give up before they do, and come back."""

IN_THE_WAY: Final = frozenset({"55P03", "40P01"})
"""What PostgreSQL says to a step that somebody stood in the way of."""

TRIES: Final = 30
PAUSE_SECONDS: Final = 1.0


class MigrationError(Exception):
    """The database cannot be asked or brought up to date; the text is for the operator."""


class _InTheWayError(MigrationError):
    """Somebody uses a table that a step needs for itself."""


def upgrade(url: str, scripts: str = SCRIPTS) -> None:
    """Bring the schema up to date, step by step, while others use it. Several at once wait for each other."""
    for left in reversed(range(TRIES)):
        try:
            return _run(url, lambda connection: _climb(connection, scripts))
        except _InTheWayError:
            if left == 0:
                raise
        time.sleep(PAUSE_SECONDS)
    return None


def _climb(connection: Connection, scripts: str) -> None:
    connection.execute(PATIENCE)
    connection.commit()
    command.upgrade(_config(scripts, connection), "head")


def is_current(url: str) -> bool:
    """Whether the database has the newest schema; False as well if it has none."""
    newest = set(ScriptDirectory.from_config(_config(SCRIPTS)).get_heads())
    return newest == set(_run(url, lambda connection: MigrationContext.configure(connection).get_current_heads()))


def _config(scripts: str, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts)
    config.attributes["connection"] = connection
    return config


def _run(url: str, act: Callable[[Connection], T]) -> T:
    """What the driver says is told without the address, which holds a password."""
    try:
        return asyncio.run(_locked(url, act))
    except CommandError as trouble:
        raise MigrationError(f"The database's schema is not known to this version of tiyin: {trouble}") from None
    except (OSError, SQLAlchemyError) as trouble:
        cause = getattr(trouble, "orig", None) or trouble
        kind = _InTheWayError if sqlstate_of(trouble) in IN_THE_WAY else MigrationError
        raise kind(f"The database cannot be used: {str(cause).splitlines()[0]}") from None


async def _locked(url: str, act: Callable[[Connection], T]) -> T:
    arguments = {"timeout": CONNECT_SECONDS, "async_creator_fn": failover_connector(), **BEHIND_POOLER}
    engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments)
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            while not (await guard.execute(LOCK)).scalar_one():
                await guard.rollback()
                await asyncio.sleep(TURN_SECONDS)
            await guard.execute(LET_GO)
            done = await connection.run_sync(act)
            await connection.commit()
            return done
    finally:
        await engine.dispose()

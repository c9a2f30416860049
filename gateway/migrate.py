"""Bringing a database's schema up to date, and asking whether it is."""

import asyncio
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

from gateway.database import FORGETFUL
from gateway.hosts import connector

T = TypeVar("T")

CONNECT_SECONDS: Final = 10
LOCK: Final = text("SELECT pg_advisory_xact_lock(7494559601)")
"""Two that begin at once on an empty database would make its tables twice."""


class MigrationError(Exception):
    """The database cannot be asked or brought up to date; the text is for the operator."""


def upgrade(url: str) -> None:
    """Bring the schema up to date. Several at once wait for each other."""
    _run(url, lambda connection: command.upgrade(_config(connection), "head"))


def is_current(url: str) -> bool:
    """Whether the database has the newest schema; False as well if it has none."""
    newest = set(ScriptDirectory.from_config(_config()).get_heads())
    return newest == set(_run(url, lambda connection: MigrationContext.configure(connection).get_current_heads()))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "schema:migrations")
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
        raise MigrationError(f"The database cannot be used: {str(cause).splitlines()[0]}") from None


async def _locked(url: str, act: Callable[[Connection], T]) -> T:
    arguments = {"timeout": CONNECT_SECONDS, "async_creator_fn": connector(), **FORGETFUL}
    engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments)
    try:
        async with engine.begin() as guard, engine.connect() as connection:
            await guard.execute(LOCK)
            done = await connection.run_sync(act)
            await connection.commit()
            return done
    finally:
        await engine.dispose()

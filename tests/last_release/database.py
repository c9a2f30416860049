"""The tests' database has the newest schema, or that of a later release with rows of a later release in it."""

import os
import re
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

SCHEMA_FILE: Final = os.environ.get("TIYIN_TEST_SCHEMA")
"""What pg_dump wrote of a migrated database, with --inserts. Without it the schema is made by the migrations here."""

ROWS_FILE: Final = os.environ.get("TIYIN_TEST_ROWS")
"""Statements that insert rows of a later release, for each test anew: what it doesn't know must not disturb it."""

LATER_SHOP: Final = "later-release"
"""The rows are of this shop. What a test looks at in the tables is of the others."""

SHOPS_FILE: Final = Path(__file__).with_name("shops.toml")
"""Settings that have that shop and no other."""

LATER_SERVICE_ID: Final = 199
"""Click knows that shop by it."""

PREAMBLE: Final = re.compile(r"^(\\.*|SET (?!check_function_bodies).*;)$", re.MULTILINE)
"""Commands to psql (`\\restrict`) and settings (`transaction_timeout`): an older PostgreSQL doesn't know those of
a newer pg_dump, and the schema is the same without them."""

CLEAN: Final = """
    DO $$
    DECLARE
        found text;
    BEGIN
        FOR turn IN 1..500 LOOP  -- what the test before has left running could still write
            EXIT WHEN NOT EXISTS (
                SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend'
                    AND pid <> pg_backend_pid() AND state <> 'idle'
            );
            PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
        END LOOP;
        PERFORM set_config('session_replication_role', 'replica', true);  -- transitions refuse to be deleted
        FOR found IN
            SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                AND relname NOT IN ('alembic_version', 'schema_promises')
        LOOP
            EXECUTE format('DELETE FROM public.%I', found);  -- quicker than TRUNCATE while there is little
        END LOOP;
    END $$
"""
"""A later schema may have more tables than there are here."""


CLEANING: Final = (CLEAN, Path(ROWS_FILE).read_text(encoding="utf-8")) if ROWS_FILE else (CLEAN,)
"""Scripts that empty every table, and then bring the rows of a later release."""


async def load_schema(url: str, file: Path) -> None:
    """Give an empty database this schema."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await run_script(connection, PREAMBLE.sub("", file.read_text(encoding="utf-8")))
    finally:
        await engine.dispose()


async def run_script(connection: AsyncConnection, script: str) -> None:
    """Any number of statements, in one transaction and one round trip."""
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await raw.execute(script)

"""The newest schema and rows with all its words are written to files, for the tests of an older release."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.ext.asyncio import create_async_engine

from gateway.database import migrations
from gateway.database.client_programs import ClientProgram
from gateway.database.cluster import binaries
from gateway.database.embedded import embedded_database
from gateway.database.libpq_address import libpq_url
from tests.last_release.database import run_script
from tests.last_release.rows import Rows


class Newest(NamedTuple):
    schema: Path
    rows: Path


def write_newest(place: Path, without: Collection[str]) -> Newest:
    """Into this directory, which PostgreSQL's user can reach, by a PostgreSQL that is started there for it.

    `without`: words that no row has.
    """
    newest = Newest(place / "schema.sql", place / "rows.sql")
    rows = Rows(without).sql()
    with embedded_database(place / "home") as url:
        migrations.upgrade(url)
        program = ClientProgram("pg_dump", url, programs=binaries())
        schema = program.run("--inserts", "--no-owner", "--no-privileges", f"--dbname={libpq_url(url)}")
        asyncio.run(_try(url, rows))
    newest.schema.write_text(schema, encoding="utf-8")
    newest.rows.write_text(rows, encoding="utf-8")
    return newest


async def _try(url: str, rows: str) -> None:
    """Rows that the newest schema itself refuses would look like a fault of the old release."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await run_script(connection, rows)
    await engine.dispose()

"""PostgreSQL servers of the tests' own: durable as in production, crashed and restarted at will."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import URL, make_url

from gateway.database import migrations
from gateway.database.cluster import Postgres

TEMPLATE = "tiyin_template"
"""A database with the newest schema and nothing in it."""


class Server(Postgres):
    """One cluster under a directory of its own. PostgreSQL's own defaults of durability stay."""

    def __init__(self, home: Path, **settings: str) -> None:
        """`settings` go into postgresql.conf."""
        super().__init__(home)
        home.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self._numbers = count(1)

    def start(self) -> None:
        self.ensure_running()

    def crash(self) -> None:
        """As if every process of it was killed: nothing is finished, the next start recovers from the log."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def configure(self, **settings: str) -> None:
        """Add to the configuration; what does not need a restart is soon in force."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        if self.is_running():
            self._run("pg_ctl", "reload")

    def run(self, name: str, *arguments: str) -> None:
        """One of PostgreSQL's programs; `-D` and the data directory come first."""
        self._run(name, *arguments)

    def url(self, database: str = "postgres") -> str:
        place = {"host": str(self.socket_dir)}
        return URL.create("postgresql+asyncpg", "postgres", database=database, query=place).render_as_string()

    def make_template(self) -> None:
        asyncio.run(self.sql(f"CREATE DATABASE {TEMPLATE}"))
        migrations.upgrade(self.url(TEMPLATE))

    async def fresh_database(self) -> str:
        """The address of a new database, empty."""
        name = f"database_{next(self._numbers)}"
        await self.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    async def journal(self, url: str) -> list[str]:
        """Every row of it."""
        rows = await self.sql("SELECT CAST(exchanges AS text) FROM exchanges", make_url(url).database or "")
        return [row[0] for row in rows]

    async def drop(self, url: str) -> None:
        await self.sql(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    async def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        """As the superuser, in a connection of its own."""
        connection = await asyncpg.connect(host=str(self.socket_dir), user="postgres", database=database)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    def _init(self) -> None:
        super()._init()
        self.configure(**self.settings)

"""Server settings are what a database server must be for what is promised: new enough, in UTF8, durable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.autocommit import Autocommit

VERSION_MIN: Final = 15
"""The oldest that the tests run on, and that Debian 12 has."""

ENCODING: Final = "UTF8"
"""Others cannot keep every account and every answer, or keep bytes of which nobody knows what they mean."""

DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit")
"""While one of them is off, what was acknowledged may be gone after a crash. Of synchronous_commit every other word is
durable on this server."""

ASK: Final = text("""
    SELECT
        current_setting('server_version_num')::int / 10000 AS version,
        current_setting('server_version') AS version_text,
        (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('synchronous_standby_names') AS standbys,
        coalesce(
            (SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('orders')), false
        ) AS owns_tables
""")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What the server is for the role that asks, whose own settings may differ from others'."""

    version: int
    version_text: str
    encoding: str
    durability: Mapping[str, str]
    """What each of DURABLE is."""
    standbys: str
    """The synchronous ones."""
    owns_tables: bool
    """Whether the role may change and drop the tables."""

    @property
    def off(self) -> list[str]:
        """Those of DURABLE that are off."""
        return [name for name, word in self.durability.items() if word == "off"]

    @property
    def waits_for_standbys(self) -> bool:
        """Return whether a COMMIT waits for the synchronous standbys, if there are any."""
        return not self.standbys or self.durability["synchronous_commit"] not in ("off", "local")

    @property
    def unfit(self) -> list[str]:
        """Say why no payment can be kept by this server, whatever its settings."""
        sentences = []
        if self.version < VERSION_MIN:
            sentences.append(
                f"The server is PostgreSQL {self.version_text}, and {VERSION_MIN} or newer is needed: upgrade it, or"
                " name another one in DATABASE_URL."
            )
        if self.encoding != ENCODING:
            sentences.append(
                f"The database's encoding is {self.encoding}, and {ENCODING} is needed: make another one (createdb"
                f" --encoding={ENCODING} --template=template0) and name it in DATABASE_URL."
            )
        return sentences


async def server_settings(engine: AsyncEngine) -> ServerSettings:
    """Ask for them. Raises what the driver raises."""
    async with Autocommit(engine).connect() as connection:
        return _settings_from((await connection.execute(ASK)).mappings().one())


def _settings_from(row: Any) -> ServerSettings:
    return ServerSettings(
        version=row["version"],
        version_text=row["version_text"],
        encoding=row["encoding"],
        durability={name: row[name] for name in DURABLE},
        standbys=row["standbys"],
        owns_tables=row["owns_tables"],
    )

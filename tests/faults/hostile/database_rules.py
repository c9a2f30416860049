"""What must hold in the database whatever was sent: the invariants, and two rules about the journal."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.audit.audit import audit_books
from core.clock import wall_clock
from core.domain.periods import Periods

JOURNAL: Final[Mapping[str, str]] = {
    "every caller is where it is": "SELECT id FROM exchanges WHERE remote <> '127.0.0.1'",
    "no secret is written down": """
        SELECT id FROM exchanges WHERE EXISTS (
            SELECT FROM unnest(CAST(:secrets AS text[])) secret WHERE strpos(request || answer, secret) > 0)""",
}
"""Each query finds the rows where it is not so."""


async def broken_rules(database: AsyncEngine, secrets: list[str]) -> list[Any]:
    """What does not hold; of the journal, the rule and the first rows that break it."""
    broken: list[Any] = list(await audit_books(database, wall_clock(), Periods().lifetimes))
    async with database.connect() as connection:
        for rule, query in JOURNAL.items():
            values = {"secrets": secrets} if ":secrets" in query else {}
            if rows := list((await connection.execute(text(query), values)).scalars())[:5]:
                broken.append((rule, rows))
    return broken

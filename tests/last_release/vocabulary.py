"""The vocabulary of a table is what its CHECKs allow in a column: the words that a later release may find there."""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import CheckConstraint

from schema.tables import metadata

WORDS: Final = re.compile(r"(\w+) IN \(([^)]*)\)")
QUOTED: Final = re.compile(r"'(\w+)'")

Place = tuple[str, str]
"""A table and its column."""


def vocabularies() -> dict[Place, list[str]]:
    """Every column that holds a word, and the words that may stand there."""
    found = {
        (table.name, match[1]): QUOTED.findall(match[2])
        for table in metadata.sorted_tables
        for check in _checks(table.name)
        if (match := WORDS.fullmatch(str(check.sqltext)))
    }
    return dict(sorted(found.items()))


def named_by(table: str, check: str) -> list[str]:
    """The words that a CHECK names. Raises StopIteration where the table has no such CHECK."""
    return next(QUOTED.findall(str(found.sqltext)) for found in _checks(table) if found.name == check)


def _checks(table: str) -> Iterator[CheckConstraint]:
    return (found for found in metadata.tables[table].constraints if isinstance(found, CheckConstraint))

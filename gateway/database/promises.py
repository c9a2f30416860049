"""Promises say, in the database itself, which is the oldest release that may serve on its schema."""

from collections.abc import Iterable, Mapping
from typing import Final

from packaging.version import InvalidVersion, Version
from sqlalchemy import Connection, select, text

from gateway.database.migration_errors import MigrationError
from schema.tables import schema_promises

STANDING: Final = text("""
    SELECT to_regclass('schema_promises') IS NOT NULL AS is_there,
        coalesce(has_table_privilege(to_regclass('schema_promises'), 'SELECT'), false) AS is_readable,
        quote_ident(current_user) AS role
""")

Promises = Mapping[str, Version]
"""By revision: the oldest release that may serve on the schema which that step and those before it make."""


def read_promises(connection: Connection) -> Promises:
    """Read them all; none where there is no such table. What is no version is left out. Raises MigrationError."""
    standing = connection.execute(STANDING).one()
    if not standing.is_there:
        return {}
    if not standing.is_readable:
        raise MigrationError(
            f"The role {standing.role} may not read which releases may serve on this schema:"
            f" GRANT SELECT ON TABLE {schema_promises.name} TO {standing.role};"
        )
    rows = connection.execute(select(schema_promises.c.revision, schema_promises.c.serves_from))
    versions = ((row.revision, version_of(row.serves_from)) for row in rows)
    return {revision: version for revision, version in versions if version is not None}


def version_of(words: str) -> Version | None:
    """Read a version; None where it is none."""
    try:
        return Version(words)
    except InvalidVersion:
        return None


def oldest_release(promises: Promises, revisions: Iterable[str]) -> Version | None:
    """Return the oldest release that may serve where these are the newest; None where one of them says nothing.

    What any step before them has shut out stays out, whatever a later one says.
    """
    return max(promises.values(), default=None) if all(revision in promises for revision in revisions) else None


def breaking_revision(promises: Promises, release: Version) -> str | None:
    """Return the step from which on the release may not serve. Revisions begin with their number."""
    return min((revision for revision, oldest in promises.items() if oldest > release), default=None)

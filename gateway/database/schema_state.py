"""The schema's state says what a database's schema is for this release: its own, an older one, or a newer release's."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from alembic.script import ScriptDirectory
from packaging.version import Version
from sqlalchemy import Connection

from gateway.database.migration_errors import SchemaNotServedError
from gateway.database.migrations import known_steps, revisions, under_lock, upgrade
from gateway.database.promises import oldest_release, read_promises
from schema.releases import this_release

PROMISED: Final = (
    "The schema (revision {revision}) is a newer release's, on which this one, {release}, may serve: go forward again"
    " once what you went back for is mended, and see docs/rollback.md."
)
TOO_NEW: Final = (
    "The schema (revision {revision}) is a newer release's, on which this one, {release}, may not serve: the oldest"
    " release that may is {oldest}. Install that one or a newer one, and leave the schema as it is: see"
    " docs/rollback.md."
)
UNKNOWN: Final = (
    "The schema (revision {revision}) is not known to this release, {release}, and the oldest release that may serve on"
    " it is unknown: install the one that has served on it last (docs/rollback.md), and look whether this is the right"
    " database."
)


class SchemaKind(Enum):
    """What a schema can be for a release."""

    EMPTY = auto()
    BEHIND = auto()
    CURRENT = auto()
    NEWER_PROMISED = auto()
    NEWER_NOT_PROMISED = auto()


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What the database's schema is for this release."""

    kind: SchemaKind
    revisions: tuple[str, ...]
    """The newest step that was applied: one, but in a database that others made; none where it is empty."""
    oldest: Version | None = None
    """Of a newer release's schema: the oldest release that may serve on it, if it says so."""

    @property
    def is_behind(self) -> bool:
        """Whether there are migrations to apply."""
        return self.kind in (SchemaKind.EMPTY, SchemaKind.BEHIND)

    @property
    def is_newer(self) -> bool:
        """Whether a newer release has made it."""
        return self.kind in (SchemaKind.NEWER_PROMISED, SchemaKind.NEWER_NOT_PROMISED)

    @property
    def revision(self) -> str:
        """Name it for people."""
        return ", ".join(self.revisions)

    @property
    def newer_release(self) -> str:
        """Say in a sentence what a newer release's schema means for this one."""
        promised = self.kind is SchemaKind.NEWER_PROMISED
        sentence = PROMISED if promised else UNKNOWN if self.oldest is None else TOO_NEW
        return sentence.format(revision=self.revision, release=this_release(), oldest=self.oldest)


def schema_state(url: str) -> SchemaState:
    """Ask the database, changing nothing.

    Raises SchemaNotServedError where this release may not serve on it, whatever is done; UnreleasedSchemaError.
    """
    state = look_at_schema(url)
    if state.kind is SchemaKind.NEWER_NOT_PROMISED:
        raise SchemaNotServedError(state.newer_release)
    return state


def look_at_schema(url: str) -> SchemaState:
    """Ask the database, whatever the answer means for this release. Raises UnreleasedSchemaError."""
    known = known_steps()
    return under_lock(url, lambda connection: _state(connection, known))


def bring_up_to_date(url: str) -> SchemaState:
    """Apply what the schema lacks, and return what it was. A newer release's is left. Raises as `schema_state` does."""
    state = schema_state(url)
    if state.is_behind:
        upgrade(url)
    return state


def _state(connection: Connection, known: ScriptDirectory) -> SchemaState:
    found = revisions(connection, known)
    names = tuple(sorted(found))
    if not found:
        return SchemaState(SchemaKind.EMPTY, names)
    if found == set(known.get_heads()):
        return SchemaState(SchemaKind.CURRENT, names)
    unknown = found - {step.revision for step in known.walk_revisions()}
    if not unknown:
        return SchemaState(SchemaKind.BEHIND, names)
    oldest = oldest_release(read_promises(connection), unknown)
    promised = oldest is not None and oldest <= Version(this_release())
    return SchemaState(SchemaKind.NEWER_PROMISED if promised else SchemaKind.NEWER_NOT_PROMISED, names, oldest)

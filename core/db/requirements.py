"""Requirements are what a payment needs of the database: a server that takes writes, and rights on what it touches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import SqlStatement

Shortage = Literal["standby", "read-only", "schema", "rights"]


class Right(NamedTuple):
    """What the role may do with a table, a sequence, a function or a schema."""

    privilege: str
    kind: Literal["table", "sequence", "function", "schema"]
    name: str

    def __str__(self) -> str:
        return f"{self.privilege} on {self.kind} {self.name}"


PAYMENT_RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "orders": ("SELECT", "INSERT", "UPDATE"),
    "payments": ("SELECT", "INSERT", "UPDATE"),
    "transitions": ("SELECT", "INSERT"),
    "outbox": ("INSERT",),
    "idempotency_keys": ("SELECT", "INSERT"),
    "restores": ("SELECT",),
    "webhook_endpoints": ("SELECT",),
    "deliveries": ("INSERT",),
}
"""What a command does with each table. To lock a row is to UPDATE; transitions are read when the answer to a COMMIT
was lost."""

SIDE_RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "outbox": ("SELECT",),
    "idempotency_keys": ("DELETE",),
    "exchanges": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "webhook_endpoints": ("INSERT", "UPDATE"),
    "deliveries": ("SELECT", "UPDATE", "DELETE"),
    "webhook_attempts": ("SELECT", "INSERT", "DELETE"),
    "webhook_replays": ("SELECT", "INSERT", "UPDATE"),
    "worker_reports": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}
"""For webhooks, the journal and what is kept for a time only, as the audit's reading of sequences is beside payments:
without them payments go on, and the operator is told."""


def _rights(of_tables: Mapping[str, tuple[str, ...]]) -> tuple[Right, ...]:
    return tuple(Right(privilege, "table", table) for table, names in of_tables.items() for privilege in names)


SEQUENCES: Final = ("order_ids", "payment_ids", "transition_ids")
FUNCTIONS: Final = ("lock_and_load_1", "save_1")
"""Everybody may call a function, until an operator takes that away."""

REQUIRED: Final = (
    *_rights(PAYMENT_RIGHTS),
    *(Right("USAGE", "sequence", name) for name in SEQUENCES),
    *(Right("EXECUTE", "function", name) for name in FUNCTIONS),
)
WANTED: Final = (*_rights(SIDE_RIGHTS), *(Right("SELECT", "sequence", name) for name in SEQUENCES))
ASKED: Final = (*REQUIRED, *WANTED)

# A schema that the role may not use is not searched: its tables look as if they were not there.
ASK: Final = SqlStatement("""
    WITH asked AS MATERIALIZED (
        SELECT
            n, kind, name, privilege,
            CASE kind
                WHEN 'function' THEN CAST(to_regproc(quote_ident(name)) AS oid)
                ELSE CAST(to_regclass(quote_ident(name)) AS oid)
            END AS thing
        FROM unnest(CAST(:kind AS text[]), CAST(:name AS text[]), CAST(:privilege AS text[]))
            WITH ORDINALITY AS a (kind, name, privilege, n)
    )
    SELECT
        quote_ident(current_user) AS role,
        pg_is_in_recovery() AS in_recovery,
        CAST(current_setting('transaction_read_only') AS bool) AS read_only,
        ARRAY(SELECT CAST(n AS int) - 1 FROM asked WHERE thing IS NULL ORDER BY n) AS absent,
        ARRAY(
            SELECT DISTINCT quote_ident(s.nspname)
            FROM asked JOIN pg_class c ON c.relname = asked.name JOIN pg_namespace s ON s.oid = c.relnamespace
            WHERE asked.thing IS NULL AND NOT has_schema_privilege(s.oid, 'USAGE')
        ) AS closed_schemas,
        ARRAY(
            SELECT CAST(n AS int) - 1 FROM asked
            WHERE NOT CASE kind
                WHEN 'table' THEN has_table_privilege(thing, privilege)
                WHEN 'function' THEN has_function_privilege(thing, privilege)
                ELSE has_sequence_privilege(thing, replace(privilege, 'USAGE', 'USAGE, UPDATE'))
            END
            ORDER BY n
        ) AS denied
""")
ASK_VALUES: Final[Mapping[str, Sequence[str]]] = {
    "kind": [right.kind for right in ASKED],
    "name": [right.name for right in ASKED],
    "privilege": [right.privilege for right in ASKED],
}


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What the database is for the role that asks."""

    role: str
    """As it stands in a GRANT."""
    in_recovery: bool
    read_only: bool
    absent: Sequence[str]
    """Tables, sequences and functions that payments need and that are not there."""
    denied: Sequence[Right]
    """What payments need and the role may not do."""
    denied_beside: Sequence[Right]
    """Likewise, of what goes on beside payments."""

    @property
    def shortage(self) -> Shortage | None:
        """What keeps payments from being taken; None where nothing does."""
        if self.in_recovery:
            return "standby"
        if self.read_only:
            return "read-only"
        if self.absent:
            return "schema"
        return "rights" if self.denied else None

    @property
    def missing(self) -> list[str]:
        """What is missing, each in words."""
        return [*self.absent, *map(str, self.denied)]


class _ReadOnlyServerError(Exception):
    def __init__(self, state: DatabaseState) -> None:
        super().__init__("the server may only be read")
        self.state = state


async def database_state(engine: AsyncEngine) -> DatabaseState:
    """Ask for everything, so that what changes is seen with the next question.

    A connection to a server that may only be read is not kept: by now the database's address may lead to another.
    """
    try:
        async with Connections(engine).autocommit() as connection:
            (row,) = await ASK.on(connection, ASK_VALUES)
            state = _state_from(row)
            if state.in_recovery or state.read_only:
                raise _ReadOnlyServerError(state)
    except _ReadOnlyServerError as found:
        return found.state
    return state


def grants(rights: Sequence[Right], role: str) -> str:
    """Write the statements that give these rights to the role."""
    return " ".join(
        f"GRANT {', '.join(names)} ON {kind} {name} TO {role};"
        for (kind, name), names in privileges_by_object(rights).items()
    )


def privileges_by_object(rights: Sequence[Right]) -> dict[tuple[str, str], list[str]]:
    """Group them by the kind and the name of what they are on."""
    privileges: dict[tuple[str, str], list[str]] = {}
    for right in rights:
        privileges.setdefault((right.kind.upper(), right.name), []).append(right.privilege)
    return privileges


def _state_from(row: Any) -> DatabaseState:
    schemas = [Right("USAGE", "schema", name) for name in row["closed_schemas"]]
    absent = [f"{ASKED[n].kind} {ASKED[n].name}" for n in row["absent"] if ASKED[n] in REQUIRED]
    denied = [ASKED[n] for n in row["denied"]]
    return DatabaseState(
        role=row["role"],
        in_recovery=row["in_recovery"],
        read_only=row["read_only"],
        absent=[] if schemas else list(dict.fromkeys(absent)),
        denied=[*schemas, *(right for right in denied if right in REQUIRED)],
        denied_beside=[right for right in denied if right in WANTED],
    )

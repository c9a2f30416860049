"""The roles' SQL has its tables and rights filled in from what the tables and the core's requirements are."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from core import SERVING_RIGHTS, privileges_by_object
from schema.tables import metadata, order_ids, payment_ids, schema_promises, transition_ids

VERSION_TABLE: Final = "alembic_version"
"""Alembic's own, in which a gateway looks at the start, as in the promises of a schema that it does not know."""


def roles_sql() -> str:
    """Write the script for psql that makes the role which owns the tables and the one which serves."""
    things = privileges_by_object(SERVING_RIGHTS)
    owned = [("TABLE", name) for name in (*metadata.tables, VERSION_TABLE)]
    owned += [("SEQUENCE", sequence.name) for sequence in (order_ids, payment_ids, transition_ids)]
    functions = [(name,) for name in ("refuse_change", *(name for kind, name in things if kind == "FUNCTION"))]
    rights = [(", ".join(names), *thing) for thing, names in things.items()]
    rights += [("SELECT", "TABLE", name) for name in (VERSION_TABLE, schema_promises.name)]
    template = files(__package__).joinpath("roles.sql").read_text(encoding="utf-8")
    for name, rows in (("owned", owned), ("functions", functions), ("rights", rights)):
        template = template.replace(f"{{{name}}}", _values(rows))
    return template


def _values(rows: Sequence[tuple[str, ...]]) -> str:
    return ",\n".join(f"    ({', '.join(repr(word) for word in row)})" for row in rows)

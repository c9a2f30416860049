"""How PostgreSQL goes about the payment path's statements: by index, whatever the tables hold."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from bench.function_statements import function_statements
from bench.postgres import Cluster
from core.db.engine import PLANNER_SETTINGS
from core.db.statement import SqlStatement
from core.reads.payability import CHECK

PATH: Final[Mapping[str, SqlStatement]] = {
    **function_statements("lock_and_load_1"),
    **function_statements("save_1"),
    "check": CHECK,
}

MOST_SORTED: Final = 1_000
"""Rows of a batch are sorted, so that locks are taken in one order; tables never are."""


async def objections(
    cluster: Cluster, database: str, statements: Mapping[str, SqlStatement] = PATH, most_sorted: int = MOST_SORTED
) -> list[str]:
    """What is wrong with the plans that every execution uses, under the payment path's own settings."""
    connection = await cluster.connect(database)
    found = []
    try:
        for name, value in PLANNER_SETTINGS.items():
            await connection.execute(f"SET {name} = {value}")
        for name, statement in statements.items():
            await connection.execute(f"PREPARE asked AS {statement.sql}")
            nothing = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement.sql)))
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked({nothing})")
            await connection.execute("DEALLOCATE asked")
            found += [f"{database}, {name}: {wrong}" for wrong in _wrong(orjson.loads(plan)[0]["Plan"], most_sorted)]
    finally:
        await connection.close()
    return found


def _wrong(node: Mapping[str, Any], most_sorted: int) -> Iterator[str]:
    kind, rows = str(node["Node Type"]), node["Plan Rows"]
    if kind == "Seq Scan":
        yield f"a sequential scan of {node['Relation Name']}"
    if kind.startswith("Index") and "Index Cond" not in node:
        yield f"a scan of the whole index {node['Index Name']}"
    if "Sort" in kind and rows > most_sorted:
        yield f"a sort of {rows} rows"
    for child in node.get("Plans", ()):
        yield from _wrong(child, most_sorted)

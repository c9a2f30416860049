"""Statements are SQL from files, read and numbered once at import."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from asyncpg import Record

from core.db.connection import PooledConnection


class SqlStatement:
    """Holds SQL with named parameters, sent as the driver takes it: nothing is compiled when it is run."""

    def __init__(self, sql: str) -> None:
        """`sql` names its parameters `:like_this`; comments stay in the file."""
        self._names: list[str] = []
        self.sql = re.sub(r"(?<!:):(\w+)", self._number, re.sub(r"--.*\n", "", sql))

    async def on(self, connection: PooledConnection, values: Mapping[str, Any]) -> list[Record]:
        return await connection.rows(self.sql, self.parameters(values))

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Put the values in the order of their numbers."""
        return tuple([values[name] for name in self._names])

    def replaced(self, old: str, new: str) -> "SqlStatement":
        """Make the same statement with another clause in place of one."""
        other = SqlStatement(self.sql.replace(old, new))
        other._names = self._names
        return other

    def _number(self, name: re.Match[str]) -> str:
        if name[1] not in self._names:
            self._names.append(name[1])
        return f"${self._names.index(name[1]) + 1}"


def statement(package: str, name: str) -> SqlStatement:
    """Read the statement in the file sql/`name`.sql of a package."""
    return SqlStatement(files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))

"""What the batch's functions run: each statement in one by itself, as the server plans it."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from core.db.statement import SqlStatement

BLOCK: Final = re.compile(r"^(?:\s*(?:ELSE|IF [^;]*? THEN)\b)+\s*")
"""What may stand between a semicolon and the statement that follows."""

VERBS: Final = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


def function_statements(name: str) -> Mapping[str, SqlStatement]:
    """Take the function apart that `schema/migrations/sql/NAME.sql` makes: by its name and the statement's number.

    What the function calls by name, its parameters and variables, is a parameter of the statement.
    """
    source = files("schema.migrations").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    head, body, _ = re.sub(r"--.*", "", source).split("$function$")
    declarations, code = body.split("\nBEGIN\n", 1)
    types = _types(head[head.index("(") + 1 : head.index(") RETURNS")], ",")
    types |= _types(declarations[declarations.index("DECLARE") + len("DECLARE") :], ";")
    found: dict[str, SqlStatement] = {}
    for part in code.split(";"):
        statement = _plain(BLOCK.sub("", part).strip())
        if statement.startswith(VERBS) and "FROM" in statement:  # others have no plan worth a look
            found[f"{name} {len(found) + 1}"] = SqlStatement(_with_parameters(statement, types))
    return found


def _types(declared: str, separator: str) -> dict[str, str]:
    return dict(part.split() for part in declared.split(separator) if part.strip())


def _plain(statement: str) -> str:
    """Leave out what is the function's own about it: where its result goes."""
    statement = re.sub(r"^RETURN QUERY\s+", "", statement)
    statement = re.sub(r"^(?:PERFORM|\w+ := (?=ARRAY))\s*", "SELECT ", statement)
    return re.sub(r" INTO \w+(, \w+)*$", "", statement, flags=re.MULTILINE) if "INSERT" not in statement else statement


def _with_parameters(statement: str, types: Mapping[str, str]) -> str:
    """A name after a point is a column, one in quotes a text."""

    def parameter(name: re.Match[str]) -> str:
        return f"CAST(:{name[0]} AS {types[name[0]]})" if name[0] in types else name[0]

    return re.sub(r"(?<![.\w'])\w+(?![\w'])", parameter, statement)

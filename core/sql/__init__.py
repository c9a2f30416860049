"""The statements of the payment path, each read once at import."""

from importlib.resources import files

from sqlalchemy import TextClause, text


def statement(name: str) -> TextClause:
    """The statement in the file `name`.sql, with named bind parameters."""
    return text(files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))

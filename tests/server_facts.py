"""SQLAlchemy asks the server four questions for each new engine; the tests ask each server once.

A gateway has four engines, and every test makes a gateway: the questions took a tenth of a test's time. The answers
(version, schema, isolation level, how backslashes are read) are facts of a database at one address. What gateways that
run as programs ask, they go on asking.
"""

from functools import wraps
from typing import Any

import pytest
from sqlalchemy import URL, Connection
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg


def ask_once(patch: pytest.MonkeyPatch) -> None:
    """From now on, in this process."""
    ask = PGDialect_asyncpg.initialize
    answers: dict[URL, dict[str, Any]] = {}

    @wraps(ask)
    def initialize(self: PGDialect_asyncpg, connection: Connection) -> None:
        url = connection.engine.url
        if url in answers:
            self.__dict__.update(answers[url])
            return
        before = dict(self.__dict__)
        ask(self, connection)
        answers[url] = {name: value for name, value in self.__dict__.items() if before.get(name, before) is not value}

    patch.setattr(PGDialect_asyncpg, "initialize", initialize)

"""Autocommit runs statements outside of every batch: each is its own transaction."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

POOLED: Final = "pooled"
"""Execution option of an engine behind a pooler in transaction mode."""


class Autocommit:
    """Opens connections on which each statement is committed by itself, without a BEGIN and a COMMIT around it.

    A pooler gives every transaction any connection of its own: there a statement that was prepared outside of one is
    unknown when it is run. So behind a pooler there is a transaction around all statements of the context.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._pooled = bool(engine.get_execution_options().get(POOLED))
        self._engine = engine if self._pooled else engine.execution_options(isolation_level="AUTOCOMMIT")

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._engine.begin() if self._pooled else self._engine.connect()

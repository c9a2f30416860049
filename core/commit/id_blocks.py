"""Ids come in blocks: a sequence steps by a block, so that a batch needs no round trip to know its ids beforehand."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from core.db.connection import PooledConnection
from schema.tables import ID_BLOCK

NEXT_BLOCKS: Final = "SELECT nextval(CAST(CAST($1 AS text) AS regclass)) FROM generate_series(1, CAST($2 AS int))"


class IdBlocks:
    """Holds this process's stock of one sequence. Ids are opaque: unique, never an order of events."""

    def __init__(self, sequence: str, blocks: int) -> None:
        """`blocks`: how many are fetched when the stock runs short; what is left at the end of the process is lost."""
        self._sequence = sequence
        self._blocks = blocks
        self._stock: deque[int] = deque()

    async def take(self, connection: PooledConnection, count: int) -> Sequence[int]:
        """Take so many ids for the caller alone. A rollback loses none: sequences stand outside transactions."""
        while len(self._stock) < count:
            rows = await connection.rows(NEXT_BLOCKS, (self._sequence, self._blocks))
            for (first,) in rows:
                self._stock.extend(range(first, first + ID_BLOCK))
        return [self._stock.popleft() for _ in range(count)]

    def release(self, ids: Sequence[int]) -> None:
        """Put back the ids that were taken and not used."""
        self._stock.extend(ids)

    def discard(self) -> None:
        """Empty the stock."""
        self._stock.clear()

"""A database that was restored from a copy serves nobody before its operator says so, and is reconciled afterwards.

Until `tiyin db restored` has let the sequences jump ahead nothing can be answered: an id would be given again, and
what was acknowledged after the copy was made would be denied. From then on payments of before are taken and not ended,
until `tiyin db restored --done` says that they were compared with the providers' cabinets.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.errors import db_error_of
from core.domain.errors import Suspended, TryAgain

log = logging.getLogger(__name__)

READ: Final = """
    SELECT
        coalesce(bool_or(resumed_at IS NULL), false) AS suspended,
        coalesce(max(first_payment_id), 0) AS latest,
        coalesce(max(first_payment_id) FILTER (WHERE reconciled_at IS NULL), 0) AS reconciled_from
    FROM restores
"""

FIRST_READING_SECONDS: Final = 1.0
"""Of a caller's patience; the rest is for its command."""

RECONCILE: Final = "compare the payments of before with the providers' cabinets, then run `tiyin db restored --done`"


class Restores:
    """Knows whether the database was restored, and how far its operator has come since then, as last read."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._first_reading: asyncio.Task[None] | None = None
        self._known = False
        self._latest_at_first: int | None = None
        """Of the last restore that was over before this process could take an id; None: none could be taken yet."""
        self.may_answer = False
        """Known not to be suspended."""
        self.is_suspended = False
        """Known to be suspended."""
        self.reconciled_from = 0
        """Payments with lower ids were begun before a restore that is still to be reconciled."""

    async def admit(self) -> None:
        """Raise TryAgain where no call may be answered."""
        if not self._known:
            await self.read_first(self._engine)
        if not self.may_answer:
            raise Suspended if self._known else TryAgain

    async def read_first(self, engine: AsyncEngine) -> None:
        """Read once for all who ask meanwhile, unless the database does not answer soon.

        A reading that hangs is not cancelled: that would be to wait for it.
        """
        if self._first_reading is None or self._first_reading.done():
            self._first_reading = asyncio.create_task(self._try_to_read(engine))
        await asyncio.wait({self._first_reading}, timeout=FIRST_READING_SECONDS)

    async def _try_to_read(self, engine: AsyncEngine) -> None:
        with suppress(Exception):  # a database can be away in many ways: then nothing is known
            await self.read(engine)

    def close(self) -> None:
        """Give up a first reading that is under way."""
        if self._first_reading is not None:
            self._first_reading.cancel()  # and not awaited: a database that hangs would make us wait for it

    async def read(self, engine: AsyncEngine) -> None:
        """Read how it stands, and log a change. Where the table is not there, or may not be read, nothing is known."""
        try:
            async with Connections(engine).autocommit() as connection:
                (row,) = await connection.rows(READ, ())
        except Exception as error:
            if not db_error_of(error).bug:
                raise
            self._known = self.may_answer = False
            return
        if self._latest_at_first is None and not row["suspended"]:
            self._latest_at_first = row["latest"]
        # A process that served before the restore may have ids of before in stock: only a new one may go on.
        self.is_suspended = row["suspended"] or row["latest"] != self._latest_at_first
        self.may_answer = not self.is_suspended
        self._log_change(row["reconciled_from"])
        self.reconciled_from = row["reconciled_from"]
        self._known = True

    def _log_change(self, reconciled_from: int) -> None:
        if reconciled_from and not self.reconciled_from:
            log.warning("restored database is to be reconciled", extra={"hint": RECONCILE})
        elif self.reconciled_from and not reconciled_from:
            log.warning("restored database is reconciled")

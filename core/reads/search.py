"""Finding is how a person gets from a number, or from a day and an amount, to the orders that are meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.engine import PLANNER_SETTINGS, set_locally
from core.db.statement import SqlStatement, statement
from core.domain.answers import Cursor
from core.domain.records import Payment
from schema.values import PaymentSource

FIND_BY_NAME: Final = statement(__package__, "find_by_name")
FIND_NOTED: Final = statement(__package__, "find_noted")
FIND_BY_DAY: Final = statement(__package__, "find_by_day")

BY_INDEX: Final = set_locally({**PLANNER_SETTINGS, "plan_cache_mode": "auto", "jit": "off"})
"""As for the payment path, whatever the planner believes of the tables; but what is not looked for is planned away. To
compile a search took several times as long as to run it."""

BEFORE_ALL: Final[Cursor] = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Search:
    """Says which orders are looked for: those that go by one of these names, or else those of a day."""

    shops: Sequence[str]
    names: Sequence[str]
    """Accounts, or providers' ids of payments or of attempts."""
    beginnings: Sequence[str] = ()
    """Of providers' ids; none is empty."""
    number: int | None = None
    """Our id of a payment, or the provider's number of it."""
    day: tuple[datetime, datetime] | None = None
    """Its first moment, and the first one after it: an order was opened between them, or a payment of it."""
    amount: int | None = None
    """Of that order or payment, in tiyin."""

    def fits(self, payment: Payment) -> bool:
        """Return whether it is this payment that is looked for, not its order."""
        ids = (payment.external_id, *payment.also_known_as)
        if self.number is not None and self.number in (payment.id, payment.payment_number):
            return True
        if any(name in self.names or name.startswith(tuple(self.beginnings)) for name in ids):
            return True
        is_of_day = self.day is not None and self.day[0] <= payment.opened_at < self.day[1]
        return is_of_day and self.amount in (None, payment.amount)


async def find(connection: AsyncConnection, search: Search, limit: int, after: Cursor | None) -> list[Cursor]:
    """Read which orders fit, newest first, at most `limit`: when each was opened (or the payment that fits), its id."""
    before, before_id = after or BEFORE_ALL
    window = {"shops": search.shops, "before": before, "before_id": before_id, "most": limit}
    await connection.exec_driver_sql(BY_INDEX)
    named = {
        "names": search.names,
        "beginnings": search.beginnings,
        "beginnings_end": [_after_all(beginning) for beginning in search.beginnings],
        "number": search.number,
    }
    found = await _rows(connection, FIND_BY_NAME, window | named)
    if search.beginnings:
        noted = await _rows(connection, FIND_NOTED, window | named)
        found = sorted({*found, *noted}, reverse=True)[:limit]
    if found or search.day is None:
        return found
    since, until = search.day
    window["before"], window["before_id"] = min((before, before_id), (until, 0))
    day = {
        "since": since,
        "until": until,
        "amount": search.amount,
        "sources": [str(source) for source in PaymentSource],
    }
    return await _rows(connection, FIND_BY_DAY, window | day)


async def _rows(connection: AsyncConnection, query: SqlStatement, values: dict[str, Any]) -> list[Cursor]:
    result = await connection.exec_driver_sql(query.sql, query.parameters(values))
    return [(row.moment, row.id) for row in result]


def _after_all(beginning: str) -> str:
    """Return the first text, byte by byte, after all that begin so."""
    return beginning[:-1] + chr(ord(beginning[-1]) + 1)

"""Expiries are read page by page, each page from where the one before it ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from core.db.connection import PooledConnection
from core.db.engine import PLANNER_SETTINGS
from core.db.statement import SqlStatement, statement
from core.domain.commands import ExpireOrder, ExpirePayment, OrderRef, PaymentRef
from schema.values import PaymentSource

SweepCommand = ExpirePayment | ExpireOrder

EXPIRED_PAYMENTS: Final = statement(__package__, "expired_payments")
EXPIRED_ORDERS: Final = statement(__package__, "expired_orders")

READING_SETTINGS: Final = {**PLANNER_SETTINGS, "enable_sort": "off", "enable_bitmapscan": "off"}
"""In the order of an index: what the planner finds best while little has expired would sort all of it for each page."""


class Place(NamedTuple):
    """Where a page ends."""

    due: datetime
    id: int


BEGINNING: Final = Place(datetime.fromisoformat("1970-01-01T00:00:00+00:00"), 0)


class Expiry(NamedTuple):
    command: SweepCommand
    place: Place


@dataclass(frozen=True, slots=True)
class Expired:
    """Reads one kind of what has expired: payments of a source, or orders."""

    sql: SqlStatement
    command: Callable[[Any], SweepCommand]
    lifetime: timedelta = timedelta()
    values: Mapping[str, Any] = field(default_factory=dict)

    async def page(
        self, connection: PooledConnection, now: datetime, after: Place, most: int, reconciled_from: int
    ) -> Sequence[Expiry]:
        """Read at most so many, those first whose time was over first. Payments with lower ids are left out."""
        values = {"before": now - self.lifetime, "since": after.due, "last_id": after.id, "most": most}
        rows = await self.sql.on(connection, {**values, **self.values, "reconciled_from": reconciled_from})
        return [Expiry(self.command(row), Place(row["due"], row["id"])) for row in rows]


def all_expired(lifetimes: Mapping[PaymentSource, timedelta]) -> Sequence[Expired]:
    """Name every kind. A balance whose last payment is ended in a sweep expires with the next one."""
    payments = (Expired(EXPIRED_PAYMENTS, _payment, life, {"source": source}) for source, life in lifetimes.items())
    return [Expired(EXPIRED_ORDERS, _order), *payments]


def _order(row: Any) -> ExpireOrder:
    return ExpireOrder(OrderRef(row["shop"], row["account"]))


def _payment(row: Any) -> ExpirePayment:
    return ExpirePayment(PaymentRef(row["shop"], row["account"], row["id"]))

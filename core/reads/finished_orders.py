"""Finished orders are read with all that the tables have of them, a few at a time, in one snapshot."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.db.abort_timer import AbortTimer
from core.db.engine import AUDIT_SECONDS, PLANNER_SETTINGS, set_locally
from core.reads.snapshot import snapshot
from schema.tables import orders, outbox, payments, transitions
from schema.values import OrderState, PaymentState

FINISHED: Final = (
    *(OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REFUNDED),
    OrderState.PARTIALLY_REFUNDED,
)
"""Nobody is to pay an order in one of these. Some may be given back, reopened or debited late: so age counts, too."""

ORDERS_READ_AT_ONCE: Final = 50
ROWS_READ_AT_ONCE: Final = 500
"""Of one order: a balance may have a million payments, and is then read in pieces."""

SETTINGS: Final = set_locally(
    {
        **PLANNER_SETTINGS,
        "plan_cache_mode": "auto",
        "jit": "off",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
)
"""By index, so that the first orders come at once and nothing is sorted; and to write them may take its time."""

ABOUT: Final = text(
    "SELECT string_agg(version_num, ', ' ORDER BY version_num) AS revision, now() AS read_at FROM alembic_version"
)

Row = Mapping[str, Any]
"""By the names of the table's columns; of a JSON column the text."""


class OrderPiece(NamedTuple):
    """An order with its rows, or of a large one some of them."""

    order_id: int
    shop: str
    """As the tables name it."""
    order: Row | None
    """None: more of the order before."""
    payments: Sequence[Row] = ()
    transitions: Sequence[Row] = ()
    events: Sequence[Row] = ()


class FinishedOrders:
    """Those of one snapshot, while its context lasts."""

    def __init__(
        self, connection: AsyncConnection, timer: AbortTimer, before: datetime, revision: str, read_at: datetime
    ) -> None:
        self.revision = revision
        """Of the schema."""
        self.read_at = read_at
        """When the snapshot began, by the database's clock."""
        self._connection = connection
        self._timer = timer
        self._before = before

    async def pieces(self) -> AsyncIterator[OrderPiece]:
        """Read them by a cursor, in the order of their ids."""
        async for page in self._read(_finished(self._before), ORDERS_READ_AT_ONCE):
            small = [row["id"] for row in page if row["version"] < ROWS_READ_AT_ONCE]
            rows = [await self._rows_of(table, small) for table in (payments, transitions, outbox)]
            for row in page:
                if row["version"] < ROWS_READ_AT_ONCE:
                    yield OrderPiece(row["id"], row["shop"], row, *(of_table[row["id"]] for of_table in rows))
                    continue
                yield OrderPiece(row["id"], row["shop"], row)
                async for piece in self._pieces_of(row["id"], row["shop"]):
                    yield piece

    async def _pieces_of(self, order_id: int, shop: str) -> AsyncIterator[OrderPiece]:
        for name, table in (("payments", payments), ("transitions", transitions), ("events", outbox)):
            async for rows in self._read(_rows(table, [order_id]), ROWS_READ_AT_ONCE):
                yield OrderPiece(order_id, shop, None, **{name: rows})

    async def _rows_of(self, table: Table, order_ids: Sequence[int]) -> dict[int, list[Row]]:
        by_order: dict[int, list[Row]] = defaultdict(list)
        self._timer.start(AUDIT_SECONDS)
        for row in (await self._connection.execute(_rows(table, order_ids))).mappings():
            by_order[row["order_id"]].append(row)
        self._timer.stop()
        return by_order

    async def _read(self, query: Select[Any], count: int) -> AsyncIterator[Sequence[Row]]:
        """Fetch so many rows at a time. Only that is timed, and not what is done with them."""
        self._timer.start(AUDIT_SECONDS)
        async with self._connection.stream(query, execution_options={"yield_per": count}) as result:
            async for rows in result.mappings().partitions():
                self._timer.stop()
                yield rows
                self._timer.start(AUDIT_SECONDS)
        self._timer.stop()


@asynccontextmanager
async def finished_orders(engine: AsyncEngine, before: datetime) -> AsyncIterator[FinishedOrders]:
    """Begin to read the orders that were finished, and have not changed since, before this moment; locking nothing.

    What was read may be kept once the context has ended well: a synchronous standby has it then. Raises TryAgain.
    """
    async with snapshot(engine) as (connection, timer):
        await connection.exec_driver_sql(SETTINGS)
        about = (await connection.execute(ABOUT)).one()
        timer.stop()
        yield FinishedOrders(connection, timer, before, about.revision, about.read_at)


def _finished(before: datetime) -> Select[Any]:
    # Counted for each order, by its own index: as a join, or with the state as a condition, it would compare each with
    # all that is pending anywhere.
    count = func.count().filter(payments.c.state == PaymentState.PENDING)
    pending = select(count).where(payments.c.order_id == orders.c.id).scalar_subquery()
    of_age = (orders.c.state.in_(FINISHED), orders.c.changed_at < before, pending == 0)
    return select(*_columns(orders)).where(*of_age).order_by(orders.c.id)


def _rows(table: Table, order_ids: Sequence[int]) -> Select[Any]:
    order_by: Mapping[str, tuple[str, ...]] = {
        "payments": ("created_at", "id"),
        "transitions": ("version",),
        "outbox": ("sequence",),
    }
    columns = [table.c[name] for name in ("order_id", *order_by[table.name])]
    return select(*_columns(table)).where(table.c.order_id.in_(order_ids)).order_by(*columns)


def _columns(table: Table) -> list[ColumnElement[Any]]:
    """All of them. JSON comes as its text: its numbers may be larger or finer than what it would be parsed to."""
    return [cast(column, Text).label(column.name) if isinstance(column.type, JSONB) else column for column in table.c]

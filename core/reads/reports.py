"""Reports read an order, a page of orders or a statement. They lock nothing."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, cast, literal, select, true, tuple_
from sqlalchemy import Text as TextType
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.clock import Clock
from core.db.rows import all_details_from, order_from, payment_from, receipts_from
from core.domain.answers import PAYMENTS_SHOWN_MAX, Cursor, OrderPage, PaymentPage, Shown, StatementLine
from core.domain.commands import OrderRef
from core.domain.order_refusal import unpayable
from core.domain.periods import Periods
from core.domain.records import Payment
from core.reads.search import Search, find
from core.reads.snapshot import READ_MAX_SECONDS, snapshot
from schema.tables import RECEIPTS, orders, payments
from schema.values import OrderState, Provider

STATEMENT_PAGE_LINES: Final = 100
"""Read and written at once, while other calls wait: with 250, others were seen to wait 50 ms."""

ORDERS_READ_AT_ONCE: Final = 20
"""At most. Each may have lines and notes of many kilobytes, and a hundred payments: as many as all together had better
have."""

Take = Callable[[Shown], bool]
"""Is given one order after another, and returns False for one for which there is no room: the page ends before it. It
takes the first."""


def take_all(_: Shown) -> bool:
    return True


COLUMNS_LEFT_OUT: Final = ("account", "one_time", *RECEIPTS)
"""Columns of payments that no statement shows; parsing JSON for each line took longer than all the rest."""

_of_every_payment = tuple(column for column in payments.c if column.name not in COLUMNS_LEFT_OUT)
_receipts = (cast(payments.c[name].op("-")("raw"), TextType).label(name) for name in RECEIPTS)
_of_shown_payments = (*_of_every_payment, *_receipts)

_newest = (
    select(*_of_shown_payments)
    .where(payments.c.order_id == orders.c.id)
    .order_by(payments.c.created_at.desc(), payments.c.id.desc())
    .limit(PAYMENTS_SHOWN_MAX)
    .lateral()
)
_payments_of = (
    select(_newest)
    .select_from(orders.join(_newest, true()))
    .where(orders.c.id.in_(bindparam("order_ids", expanding=True)))
    .order_by(_newest.c.created_at, _newest.c.id)
)

_statement_page = (
    select(
        *_of_every_payment,
        cast(payments.c.account, TextType).label("account_received"),
    )
    .where(
        payments.c.shop == bindparam("shop"),
        payments.c.provider == bindparam("provider"),
        payments.c.provider_time <= bindparam("until"),
        tuple_(payments.c.provider_time, payments.c.id) > tuple_(bindparam("since"), bindparam("after_id")),
    )
    .order_by(payments.c.provider_time, payments.c.id)
    .limit(STATEMENT_PAGE_LINES)
)


class Reports:
    """Reads for people. Every method raises TryAgain when the database cannot be read, or what was read may be lost."""

    def __init__(self, engine: AsyncEngine, clock: Clock, periods: Periods) -> None:
        self._engine = engine
        self._clock = clock
        self._periods = periods

    async def order(self, ref: OrderRef) -> Shown | None:
        """Read one order, whole, with its payments; of a balance the newest hundred."""
        async with snapshot(self._engine) as (connection, _):
            shown = await self._shown(connection, [orders.c.account == ref.account, orders.c.shop == ref.shop], limit=1)
        return shown[0] if shown else None

    async def orders(
        self, shop: str, state: OrderState | None, limit: int, after: Cursor | None, take: Take
    ) -> OrderPage:
        """Read the newest orders of a shop, or those that follow the page before."""
        where: list[ColumnElement[bool]] = [orders.c.shop == shop]
        if state is not None:
            where.append(orders.c.state == state)
        if after is not None:
            where.append(_made(orders) < tuple_(literal(after[0]), literal(after[1])))
        newest = select(orders.c.created_at, orders.c.id).where(*where)
        newest = newest.order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(limit + 1)
        async with snapshot(self._engine) as (connection, _):
            rows = await connection.execute(newest)
            return await self._page(connection, [(row.created_at, row.id) for row in rows], limit, take)

    async def found(self, search: Search, limit: int, after: Cursor | None, take: Take) -> OrderPage:
        """Read the newest orders that fit, or those that follow the page before."""
        async with snapshot(self._engine) as (connection, _):
            matches = await find(connection, search, limit + 1, after)
            return await self._page(connection, matches, limit, take)

    async def payments(self, ref: OrderRef, limit: int, after: Cursor | None) -> PaymentPage | None:
        """Read an order's newest payments, or those that follow the page before; None if there is no such order."""
        where = [orders.c.account == ref.account, orders.c.shop == ref.shop]
        async with snapshot(self._engine) as (connection, _):
            order_id = (await connection.execute(select(orders.c.id).where(*where))).scalar()
            if order_id is None:
                return None
            newest = select(*_of_shown_payments).where(payments.c.order_id == order_id)
            if after is not None:
                newest = newest.where(_made(payments) < tuple_(literal(after[0]), literal(after[1])))
            newest = newest.order_by(payments.c.created_at.desc(), payments.c.id.desc()).limit(limit + 1)
            read = [_shown_payment(row) for row in (await connection.execute(newest)).mappings()]
        page, has_more = read[:limit], len(read) > limit
        return PaymentPage(page, (page[-1].created_at, page[-1].id) if has_more else None)

    async def statement(
        self, shop: str, provider: Provider, since: datetime, until: datetime
    ) -> AsyncGenerator[list[StatementLine], None]:
        """Page through the payments that the provider opened between the two moments, both inclusive, oldest first.

        One snapshot: what is paid while it is read changes none of its pages.
        """
        async with snapshot(self._engine) as (connection, timer):
            position = {"since": since, "after_id": -1}
            while True:
                timer.start(READ_MAX_SECONDS)
                rows = (
                    (
                        await connection.execute(
                            _statement_page, {"shop": shop, "provider": provider, "until": until, **position}
                        )
                    )
                    .mappings()
                    .all()
                )
                timer.stop()  # the reader of the page may take its time
                if rows:
                    yield [StatementLine(payment_from(row), row["account_received"]) for row in rows]
                if len(rows) < STATEMENT_PAGE_LINES:
                    return
                position = {"since": rows[-1]["provider_time"], "after_id": rows[-1]["id"]}

    async def _page(self, connection: AsyncConnection, places: Sequence[Cursor], limit: int, take: Take) -> OrderPage:
        """Read so many orders at a time that other calls go on in between, and hardly more than are taken.

        `places`: one more than the limit where there are more.
        """
        wanted = [id_ for _, id_ in places[:limit]]
        taken: list[Shown] = []
        some = 1
        while len(taken) < len(wanted):
            ids = wanted[len(taken) : len(taken) + some]
            by_id = {one.order.id: one for one in await self._shown(connection, [orders.c.id.in_(ids)], limit=some)}
            for id_ in ids:
                if not take(by_id[id_]):
                    return OrderPage(taken, places[len(taken) - 1])
                taken.append(by_id[id_])
                await asyncio.sleep(0)
            payments_read = sum(len(one.payments) for one in by_id.values())
            some = max(1, min(ORDERS_READ_AT_ONCE, some * PAYMENTS_SHOWN_MAX // max(1, payments_read)))
        return OrderPage(taken, places[len(taken) - 1] if len(taken) < len(places) else None)

    async def _shown(
        self, connection: AsyncConnection, where: Sequence[ColumnElement[bool]], *, limit: int
    ) -> list[Shown]:
        newest = select(orders).where(*where).order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(limit)
        rows = (await connection.execute(newest)).mappings().all()
        by_order = await _payments(connection, [row["id"] for row in rows])
        return [self._shown_order(row, by_order[row["id"]]) for row in rows]

    def _shown_order(self, row: Any, payments: Sequence[Payment]) -> Shown:
        order = order_from(row)._replace(details=all_details_from(row))
        until = self._periods.reserved_until(order, payments)
        return Shown(order, payments, unpayable(order, self._clock()), until, repeat=True)


def _made(table: Table) -> Any:
    """When a row was made; ids say nothing of that, for each process takes them in blocks."""
    return tuple_(table.c.created_at, table.c.id)


def _shown_payment(row: Any) -> Payment:
    return payment_from(row)._replace(**receipts_from(row))


async def _payments(connection: AsyncConnection, order_ids: Sequence[int]) -> dict[int, list[Payment]]:
    """Read the orders' payments, oldest first, at most the newest hundred of each."""
    by_order: dict[int, list[Payment]] = defaultdict(list)
    for row in (await connection.execute(_payments_of, {"order_ids": order_ids})).mappings():
        by_order[row["order_id"]].append(_shown_payment(row))
    return by_order

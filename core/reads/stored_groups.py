"""Stored groups count payments and orders by what the settings must name for them to be served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.engine import PLANNER_SETTINGS, set_locally
from core.db.statement import SqlStatement, statement
from core.domain.transition import OVERRULED
from schema.values import PaymentSource

PAYMENT_GROUPS: Final = statement(__package__, "payment_groups")
ORDER_GROUPS: Final = statement(__package__, "order_groups")

BY_INDEX: Final = set_locally({**PLANNER_SETTINGS, "plan_cache_mode": "auto", "jit": "off"})
"""Whatever the planner believes of the tables: to look through all payments would keep the start waiting."""

REPEATED_FOR: Final = timedelta(days=1)
"""For how long a provider may come back to a payment by itself, because an answer was lost. No provider says it; the
longest time that one names is Payme's, twelve hours for a transaction, so a pending one is over by then, too. Refunds
have no end: no period covers them."""

ENDED_FOR: Final = timedelta(days=30)
"""For how long it is worth a word that nothing serves payments which have ended: they may still be given back."""

NEWEST_MAX: Final = 1_000
"""Of each shop's and source's ended payments, and of each shop's orders."""


class GroupStanding(StrEnum):
    """What the provider may still do to the payments of a group."""

    PENDING = "pending"
    """And not for so long that it can only expire: that takes a gateway that runs."""
    REPEATABLE = "repeatable"
    """Just paid, or ended by us and not by the provider: it may call again, or complete after all."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PaymentGroup:
    shop: str
    """The stored name."""
    source: PaymentSource
    standing: GroupStanding
    service_id: str | None
    """Of Click's payments."""
    account_fields: tuple[str, ...] | None
    """Of Payme's payments: as the account came when they were opened."""
    count: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class OrderGroup:
    """Orders of one shop that can be paid."""

    shop: str
    count: int
    """NEWEST_MAX at most."""
    newest: datetime


async def stored_groups(engine: AsyncEngine, now: datetime) -> tuple[list[PaymentGroup], list[OrderGroup]]:
    """Read both, of every shop and test mode that the tables have. Raises what the driver raises."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql(BY_INDEX)

        async def rows(query: SqlStatement, **values: Any) -> Sequence[Any]:
            return (await connection.exec_driver_sql(query.sql, query.parameters(values))).all()

        payments = await rows(
            PAYMENT_GROUPS,
            repeated_since=now - REPEATED_FOR,
            ended_since=now - ENDED_FOR,
            overruled_sources=[str(source) for source, _ in OVERRULED],
            overruled_reasons=[int(reason) for _, reason in OVERRULED],
            newest=NEWEST_MAX,
        )
        orders = await rows(ORDER_GROUPS, newest=NEWEST_MAX)
    return [_payment_group(row) for row in payments], [OrderGroup(row.shop, row.orders, row.newest) for row in orders]


def _payment_group(row: Any) -> PaymentGroup:
    return PaymentGroup(
        shop=row.shop,
        source=PaymentSource(row.provider),
        standing=GroupStanding(row.standing),
        service_id=row.service_id,
        account_fields=None if row.account_fields is None else tuple(row.account_fields),
        count=row.payments,
        newest=row.newest,
    )

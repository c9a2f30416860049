"""The time line of an order: what was done to it and its payments, and the calls that were about them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.db.engine import PLANNER_SETTINGS, set_locally
from core.db.rows import order_from
from core.db.statement import SqlStatement, statement
from core.domain.commands import OrderRef
from core.domain.records import Order
from core.reads.snapshot import snapshot
from schema.test_mode import other_mode
from schema.values import (
    RECORDED_VERBS,
    Actor,
    OperationVerb,
    OrderState,
    OrderVerb,
    PaymentSource,
    PaymentState,
    Verb,
    cut_to_ms,
)

TIMELINE_ENTRIES: Final = 200
"""Of transitions, and of exchanges, unless more are asked for."""

ORDER: Final = statement(__package__, "timeline_order")
TRANSITIONS: Final = statement(__package__, "timeline_transitions")
PAYMENTS: Final = statement(__package__, "timeline_payments")
EXCHANGES: Final = statement(__package__, "timeline_exchanges")

BY_INDEX: Final = set_locally(PLANNER_SETTINGS)
"""As on the payment path."""

VERBS: Final[Mapping[str, Verb | OrderVerb | OperationVerb]] = {str(verb): verb for verb in RECORDED_VERBS}


ENDED: Final = (PaymentState.CANCELLED, PaymentState.REVERSED)
ENDING: Final = (Verb.CANCEL, Verb.RELEASE, Verb.REVERSE, Verb.TAKE_BACK)
"""Verbs that say why a payment has ended; any other leaves the reason as it was."""


@dataclass(frozen=True, slots=True)
class PastTransition:
    """One transition as it is told afterwards."""

    at: datetime
    verb: Verb | OrderVerb | OperationVerb
    actor: Actor
    order_before: OrderState | None
    order_after: OrderState
    version: int
    correlation_id: str
    """Empty where no call did it."""
    payment: "PastPayment | None" = None
    """None when only the order changed."""


@dataclass(frozen=True, slots=True)
class PastPayment:
    """The payment of a transition: what it went through then, and what it was and is."""

    id: int
    provider: PaymentSource
    external_id: str
    amount: int
    before: PaymentState | None
    after: PaymentState
    reason: int | None
    """Why it ended, if this is what has ended it for good: no other reason is kept."""


@dataclass(frozen=True, slots=True)
class PastExchange:
    """One exchange of the journal, masked as it is there."""

    at: datetime
    """When the call came in; the journal says when it was answered."""
    duration: timedelta
    shop: str
    """The order's; or that of the other mode, which has no such order."""
    interface: str
    method: str
    code: str
    refusal: str | None
    remote: str | None
    correlation_id: str
    payment_id: int | None
    """Which of the order's payments it was about, where that is known."""
    request: str | None
    answer: str | None
    """Both only where they were asked for."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order, and what became of it, oldest first."""

    order: Order
    entries: Sequence[PastTransition | PastExchange]
    older_transitions: bool
    """Whether there are older ones that were left out."""
    older_exchanges: bool


class Timelines:
    """Reads time lines. Raises TryAgain when the database cannot be read, or what was read may be lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(
        self, ref: OrderRef, mask: Callable[[str], str], *, bodies: bool, limit: int = TIMELINE_ENTRIES
    ) -> Timeline | None:
        """`mask`: what the journal does to the texts that calls are about. `bodies`: read calls and answers, too.
        `limit`: of transitions, and of exchanges.
        """
        async with snapshot(self._engine) as (connection, _):
            await connection.exec_driver_sql(BY_INDEX)
            orders = await _rows(connection, ORDER, account=ref.account, shop=ref.shop)
            if not orders:
                return None
            order = order_from(orders[0])
            transitions = await _rows(connection, TRANSITIONS, order_id=order.id, most=limit + 1)
            payments = await _rows(connection, PAYMENTS, order_id=order.id)
            names = _payments_by_name(transitions, payments, mask)
            exchanges = await _rows(
                connection,
                EXCHANGES,
                names=[mask(order.account), *names],
                shops=await _shops_called(connection, order),
                bodies=bodies,
                most=limit + 1,
            )
        return _timeline(order, transitions, exchanges, names, limit)


async def _shops_called(connection: AsyncConnection, order: Order) -> list[str]:
    """Return whose calls may have meant the order. With the other mode's key, a call for it is one for the other mode;
    that is what somebody gets wrong, and unless there is such an order in that mode it was about this one."""
    other = other_mode(order.shop)
    others = await _rows(connection, ORDER, account=order.account, shop=other)
    return [order.shop] if others else [order.shop, other]


async def _rows(connection: AsyncConnection, query: SqlStatement, **values: Any) -> Sequence[Any]:
    return (await connection.exec_driver_sql(query.sql, query.parameters(values))).mappings().all()


def _payments_by_name(
    transitions: Iterable[Any], payments: Iterable[Any], mask: Callable[[str], str]
) -> dict[str, int]:
    """Return the ids of the payments by what calls may have called them: of an order's newest, and of those shown.

    Not by correlation ids: these are the callers', and one that sends the same with every call would have all of
    them shown here.
    """
    names = {mask(row["external_id"]): row["payment_id"] for row in transitions if row["payment_id"] is not None}
    for row in payments:
        names |= {mask(name): row["id"] for name in (row["external_id"], *row["also_known_as"])}
    return names


def _timeline(
    order: Order, transitions: Sequence[Any], exchanges: Sequence[Any], names: Mapping[str, int], limit: int
) -> Timeline:
    by_call: dict[str, set[int]] = defaultdict(set)
    for row in transitions:
        if row["correlation_id"] and row["payment_id"] is not None:
            by_call[row["correlation_id"]].add(row["payment_id"])

    def payment_of(row: Any) -> int | None:
        done = by_call.get(row["correlation_id"], set())
        return names.get(row["about"]) or (next(iter(done)) if len(done) == 1 else None)

    ends = {
        row["payment_id"]: row["version"]
        for row in sorted(transitions, key=lambda row: row["version"])
        if row["payment_to"] in ENDED and row["verb"] in ENDING
    }
    newest = sorted(transitions, key=lambda row: -row["version"])[:limit]
    calls = sorted(exchanges, key=lambda row: -row["id"])[:limit]
    entries: list[PastTransition | PastExchange] = [
        *(_exchange(row, payment_of(row)) for row in reversed(calls)),
        *(_transition(row, is_last=ends.get(row["payment_id"]) == row["version"]) for row in reversed(newest)),
    ]
    return Timeline(
        order,
        sorted(entries, key=lambda entry: cut_to_ms(entry.at)),  # a call before what it did, which has no more digits
        older_transitions=len(transitions) > limit,
        older_exchanges=len(exchanges) > limit,
    )


def _transition(row: Any, *, is_last: bool) -> PastTransition:
    """`is_last`: whether nothing has ended its payment since."""
    payment = None
    if row["payment_id"] is not None:
        payment = PastPayment(
            id=row["payment_id"],
            provider=PaymentSource(row["provider"]),
            external_id=row["external_id"],
            amount=row["amount"],
            before=row["payment_from"] and PaymentState(row["payment_from"]),
            after=PaymentState(row["payment_to"]),
            reason=row["reason"] if is_last else None,
        )
    return PastTransition(
        at=row["at"],
        verb=VERBS[row["verb"]],
        actor=Actor(row["actor"]),
        order_before=row["order_from"] and OrderState(row["order_from"]),
        order_after=OrderState(row["order_to"]),
        version=row["version"],
        correlation_id=row["correlation_id"],
        payment=payment,
    )


def _exchange(row: Any, payment_id: int | None) -> PastExchange:
    duration = timedelta(microseconds=row["microseconds"])
    return PastExchange(
        at=row["at"] - duration,
        duration=duration,
        shop=row["shop"],
        interface=row["interface"],
        method=row["method"],
        code=row["code"],
        refusal=row["refusal"],
        remote=row["remote"],
        correlation_id=row["correlation_id"],
        payment_id=payment_id,
        request=row["request"],
        answer=row["answer"],
    )

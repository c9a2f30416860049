"""The history of deliveries says what has become of a shop's events: what was sent, when, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import SqlStatement, statement
from schema.webhooks import AttemptOutcome, DeadReason, DeliveryState

DELIVERIES_MAX: Final = 100
"""In a page."""

ATTEMPTS_MAX: Final = 100
"""At one delivery, the newest of them: retries and replays may have added any number."""

LOOKED_AT_MAX: Final = 20_000
"""Deliveries that are looked through for one page: those of an endpoint may lie far apart between others'."""

COUNTED_MAX: Final = 100_000

EVENT_ID_MAX: Final = 2**63 - 1

HISTORY: Final = statement(__package__, "history")
EVENT_DELIVERIES: Final = statement(__package__, "event_deliveries")
EVENT: Final = SqlStatement("""
    SELECT x.event, x.at, o.account, CAST(x.payload AS text) AS body
    FROM outbox x JOIN orders o ON o.id = x.order_id
    WHERE x.transition_id = :event_id AND x.shop = :shop
""")
LOOKED_AT_END: Final = SqlStatement("""
    SELECT event_id, endpoint_id FROM deliveries
    WHERE (event_id, endpoint_id) < (CAST(:before AS bigint), CAST(:before_endpoint AS int))
    ORDER BY event_id DESC, endpoint_id DESC OFFSET :looked_at - 1 LIMIT 1
""")
MUCH_IS_DUE: Final = SqlStatement("""
    SELECT count(*) >= :looked_at FROM (
        SELECT FROM unnest(CAST(:endpoint_ids AS int[])) AS e (id)
        JOIN deliveries d ON d.endpoint_id = e.id AND d.state = 'due' LIMIT :looked_at
    ) AS due
""")
ENDPOINT_IDS: Final = SqlStatement("""
    SELECT id FROM webhook_endpoints
    WHERE shop = :shop AND (CAST(:name AS text) IS NULL OR (name = :name AND state <> 'removed'))
""")
COUNTS: Final = SqlStatement("""
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM deliveries d WHERE d.endpoint_id = e.id AND d.state = 'due' LIMIT :most) AS due) AS due,
        (SELECT count(*) FROM (
            SELECT FROM deliveries d WHERE d.endpoint_id = e.id AND d.state = 'dead' LIMIT :most) AS dead) AS dead
    FROM webhook_endpoints e
    WHERE e.shop = :shop AND e.name = :name AND e.state <> 'removed'
""")


class DeliveryCursor(NamedTuple):
    """Where a page ends."""

    event_id: int
    endpoint_id: int


FROM_THE_NEWEST: Final = DeliveryCursor(EVENT_ID_MAX, 0)


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """What came of one attempt to send."""

    at: datetime
    milliseconds: int
    outcome: AttemptOutcome
    status: int | None
    note: str | None
    answer: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class PastDelivery:
    """How the delivery of one event to one endpoint stands."""

    event_id: int
    endpoint_id: int
    endpoint: str
    event: str
    event_at: datetime
    account: str
    """Of the event's order."""
    state: DeliveryState
    reason: DeadReason | None
    tries: int
    """Counted failures."""
    losses: int
    fence: int
    due_at: datetime | None
    """When it is sent at the earliest; None: at once, or never again."""
    leased_until: datetime | None
    settled_at: datetime | None
    attempts: tuple[PastAttempt, ...]
    """Oldest first; in a page the last one only."""


class DeliveryPage(NamedTuple):
    deliveries: tuple[PastDelivery, ...]
    next: DeliveryCursor | None
    """None: there are no older ones. A page may be short, even empty, and not the last."""


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One event, and what has become of it."""

    id: int
    event: str
    at: datetime
    account: str
    body: str
    """As it is sent."""
    deliveries: tuple[PastDelivery, ...]


class DeliveryHistory:
    """Reads it. What is asked for belongs to a shop, by its stored name: nothing of another's is found."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._connections = Connections(engine)

    async def page(
        self,
        shop: str,
        endpoint: str | None = None,
        state: DeliveryState | None = None,
        account: str | None = None,
        limit: int = DELIVERIES_MAX,
        after: DeliveryCursor | None = None,
    ) -> DeliveryPage:
        """List deliveries of an endpoint, or of all the shop's with those that are removed; newest event first."""
        before, most = after or FROM_THE_NEWEST, min(limit, DELIVERIES_MAX)
        values: dict[str, Any] = {
            "shop": shop,
            "state": state,
            "account": account,
            "before": before.event_id,
            "before_endpoint": before.endpoint_id,
            "most": most,
            "looked_at": LOOKED_AT_MAX,
            "way": _way(state, account),
        }
        async with self._connections.autocommit() as connection:
            ids = await ENDPOINT_IDS.on(connection, {"shop": shop, "name": endpoint})
            values["endpoint_ids"] = [row["id"] for row in ids]
            if not ids:
                return DeliveryPage((), None)
            if values["way"] == DeliveryState.DUE and (await MUCH_IS_DUE.on(connection, values))[0][0]:
                values["way"] = "newest"
            deliveries = tuple(_delivery(row) for row in await HISTORY.on(connection, values))
            if len(deliveries) == most:
                return DeliveryPage(deliveries, DeliveryCursor(deliveries[-1].event_id, deliveries[-1].endpoint_id))
            ends = await LOOKED_AT_END.on(connection, values) if values["way"] == "newest" else ()
        return DeliveryPage(deliveries, DeliveryCursor(*ends[0]) if ends else None)

    async def event(self, shop: str, event_id: int) -> PastEvent | None:
        """Read one event of the shop with its deliveries, and each of these with its attempts."""
        if not 0 < event_id <= EVENT_ID_MAX:
            return None
        values = {"shop": shop, "event_id": event_id, "most": ATTEMPTS_MAX}
        async with self._connections.autocommit() as connection:
            found = await EVENT.on(connection, values)
            rows = await EVENT_DELIVERIES.on(connection, values) if found else ()
        if not found:
            return None
        deliveries: dict[int, PastDelivery] = {}
        for row in rows:
            known = deliveries.setdefault(row["endpoint_id"], replace(_delivery(row), attempts=()))
            deliveries[known.endpoint_id] = replace(known, attempts=(*known.attempts, *_attempts(row)))
        ((event, at, account, body),) = found
        return PastEvent(event_id, event, at, account, body, tuple(deliveries.values()))

    async def counts(self, shop: str, endpoint: str) -> Mapping[DeliveryState, int]:
        """Count what waits for the endpoint and what is dead, each up to a hundred thousand; {} if there is none."""
        async with self._connections.autocommit() as connection:
            rows = await COUNTS.on(connection, {"shop": shop, "name": endpoint, "most": COUNTED_MAX})
        return {DeliveryState(state): count for row in rows for state, count in row.items()}


def _way(state: DeliveryState | None, account: str | None) -> str:
    if account is not None:
        return "order"
    return state if state in (DeliveryState.DEAD, DeliveryState.DUE) else "newest"


def _delivery(row: Any) -> PastDelivery:
    state = DeliveryState(row["state"])
    return PastDelivery(
        **{
            name: row[name]
            for name in (
                *("event_id", "endpoint_id", "event", "event_at", "account", "tries", "losses", "fence"),
                *("leased_until", "settled_at"),
            )
        },
        endpoint=row["name"],
        state=state,
        reason=DeadReason(row["reason"]) if row["reason"] else None,
        due_at=row["due_at"] if state is DeliveryState.DUE else None,
        attempts=_attempts(row),
    )


def _attempts(row: Any) -> tuple[PastAttempt, ...]:
    if row["outcome"] is None:
        return ()
    fields = ("at", "milliseconds", "status", "note", "answer", "address")
    return (PastAttempt(outcome=AttemptOutcome(row["outcome"]), **{name: row[name] for name in fields}),)

"""The queue hands out deliveries that are due, each to one sender at a time, and writes down what came of them."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections, PooledConnection
from core.db.statement import SqlStatement, statement
from core.deliveries.health import FAILURES_COUNTED, Change, Health, health_after
from core.deliveries.moments import of_database
from core.deliveries.results import Claim, Destination, Result, Settled
from core.deliveries.successes import settle_successes
from schema.webhooks import AttemptOutcome, DeliveryState, DisabledReason, EndpointSource, EndpointState

LEASE: Final = timedelta(seconds=60)
"""Several times as long as an attempt may take. What is not settled by then is sent again, with the same id."""

HELD_BACK: Final = timedelta(seconds=60)
"""For so long an event that waits for its retry holds its successors back."""

PROBES_OF_HEAD: Final = 6
"""That fail with the first event of a stream; then its successors are tried."""

LOSSES_MAX: Final = 5
"""Claims of one delivery that nobody has settled. An event whose answer ends the process must not do so for ever."""

SETTLE_MAX_SECONDS: Final = 3.0

RESUME_CHUNK: Final = 1_000

UNSENT_WAIT: Final = timedelta(minutes=10)
"""Until what could not be sent at all is tried again: a key is missing, or a bug is in the way."""

CLAIM: Final = statement(__package__, "claim")
LOCK_ENDPOINTS: Final = statement(__package__, "lock_endpoints")
SETTLE: Final = statement(__package__, "settle")
RESUME: Final = statement(__package__, "resume")
GIVE_BACK: Final = SqlStatement("""
    UPDATE deliveries
    SET leased_until = NULL, due_at = coalesce(CAST(:now AS timestamptz), now()) + CAST(:wait AS interval)
    WHERE event_id = :event_id AND endpoint_id = :endpoint_id AND fence = :fence
        AND state = 'due' AND leased_until IS NOT NULL
""")
COMMIT_SOMETHING: Final = """
    SELECT
        set_config(
            'synchronous_commit',
            CASE current_setting('synchronous_standby_names')
                WHEN '' THEN 'off' ELSE current_setting('synchronous_commit')
            END,
            true
        ),
        set_config('client_min_messages', 'warning', true),
        pg_logical_emit_message(true, 'tiyin', '')
"""
RESUMING: Final = "SELECT id FROM webhook_endpoints WHERE resuming AND state = 'enabled'"
OPEN_ENDPOINTS: Final = """
    SELECT count(*) FROM webhook_endpoints WHERE state = 'enabled' AND url IS NOT NULL
"""


class Room(NamedTuple):
    """How many more deliveries a sender can take."""

    most: int
    """Of all endpoints together."""
    cold_endpoints: int
    """Endpoints that have received nothing lately, of which some may be taken."""
    fresh: int
    """For an endpoint that is not named below."""
    known: Mapping[int, tuple[int, bool]]
    """By endpoint: for how many there is room, and whether it has received something lately."""
    suspects: int = 1
    """For so many of those that two senders in a row did not live to settle."""


class Claimed(NamedTuple):
    claims: Sequence[Claim]
    dead: int
    """Given up, because those who took them did not live to say what came of it."""


class DeliveryQueue:
    """Moments are the database's: machines whose clocks differ, or jump, agree on what is due and on leases.

    `now`: another clock instead of it.
    """

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def has_endpoints(self) -> bool:
        """Return whether there is any endpoint that events are sent to."""
        async with self._connections.autocommit() as connection:
            ((count,),) = await connection.rows(OPEN_ENDPOINTS, ())
        return bool(count)

    async def require_commits(self) -> None:
        """Raise where nothing can be committed, or not on a synchronous standby.

        A claim of which the claimer does not hear would be a loss to each delivery in it, and so many are their end.
        """
        async with self._connections.autocommit() as connection:
            await connection.replicated_rows(COMMIT_SOMETHING, ())

    async def claim(self, room: Room) -> Claimed:
        """Take deliveries that are due, within the room there is. Durable: also on a synchronous standby."""
        values = {
            "now": self._now(),
            "lease": LEASE,
            "held_back": HELD_BACK,
            "probes_of_head": PROBES_OF_HEAD,
            "most_losses": LOSSES_MAX,
            "fresh_room": room.fresh,
            "room_of": list(room.known),
            "room": [places for places, _ in room.known.values()],
            "warm": [is_warm for _, is_warm in room.known.values()],
            "full": [endpoint_id for endpoint_id, (places, _) in room.known.items() if places <= 0],
            "cold_endpoints": room.cold_endpoints,
            "most": room.most,
            "suspects": room.suspects,
        }
        async with self._connections.autocommit() as connection:
            rows = await connection.replicated_rows(CLAIM.sql, CLAIM.parameters(values))
        return Claimed([_claim(row) for row in rows if not row["is_dead"]], sum(row["is_dead"] for row in rows))

    async def settle(self, results: Sequence[Result]) -> Settled:
        """Write down what came of claims, and what follows for their endpoints. The same results may come twice."""
        zombies, results = await settle_successes(self._connections, results, self._now())
        if not results:
            return Settled(zombies=zombies, dead=0, opened=(), disabled=())
        ids = sorted({result.claim.destination.endpoint_id for result in results})
        async with self._connections.transaction(math.inf, SETTLE_MAX_SECONDS) as connection:
            locked = await LOCK_ENDPOINTS.on(connection, {"now": self._now(), "endpoint_ids": ids})
            changes = {row["id"]: _change(row, results) for row in locked}
            settled = await _write(connection, results, changes, locked[0]["now"]) if locked else set()
            await connection.commit()
        summary = _summary(results, changes, {row["id"]: row["state"] for row in locked}, settled)
        return summary._replace(zombies=summary.zombies + zombies)

    async def give_back(self, claim: Claim, wait: timedelta = UNSENT_WAIT) -> None:
        """End a claim of which nothing was sent, or no answer was waited for. It is no try, and no loss."""
        values = {"now": self._now(), "wait": wait, "event_id": claim.event_id, "fence": claim.fence}
        async with self._connections.autocommit() as connection:
            await GIVE_BACK.on(connection, {**values, "endpoint_id": claim.destination.endpoint_id})

    async def resume(self) -> int:
        """Make due what waited for endpoints that are back, a part of it; returns how many. None: all is due."""
        resumed = 0
        async with self._connections.autocommit() as connection:
            for row in await connection.rows(RESUMING, ()):
                values = {"endpoint_id": row["id"], "most": RESUME_CHUNK}
                resumed += (await RESUME.on(connection, values))[0]["resumed"]
        return resumed


def _claim(row: Any) -> Claim:
    destination = Destination(
        endpoint_id=row["endpoint_id"],
        shop=row["shop"],
        name=row["name"],
        url=row["url"],
        source=EndpointSource(row["source"]),
        generation=row["generation"],
        previous_until=row["previous_until"],
        key_print=row["key_print"],
    )
    return Claim(
        event_id=row["event_id"],
        fence=row["fence"],
        tries=row["tries"],
        losses=row["losses"],
        is_probe=row["is_probe"],
        event=row["event"],
        body=row["body"].encode(),
        at=row["at"],
        correlation_id=row["correlation_id"],
        now=row["now"],
        destination=destination,
    )


def _change(row: Any, results: Iterable[Result]) -> Change:
    health = Health(
        state=EndpointState(row["state"]),
        reason=DisabledReason(row["reason"]) if row["reason"] else None,
        failures=row["failures"],
        failing_since=row["failing_since"],
        paused_until=row["paused_until"],
    )
    of_endpoint = (result for result in results if result.claim.destination.endpoint_id == row["id"])
    return health_after(health, (result.heard for result in of_endpoint), row["now"])


async def _write(
    connection: PooledConnection, results: Sequence[Result], changes: Mapping[int, Change], now: datetime
) -> set[tuple[int, int]]:
    endpoints = []
    for id_, change in changes.items():
        outcomes = [result for result in results if result.claim.destination.endpoint_id == id_]
        failures = [result for result in outcomes if result.outcome is not AttemptOutcome.RECEIVED]
        endpoints.append(
            {
                "id": id_,
                **asdict(change.health),
                "is_opened": change.is_opened,
                "succeeded": len(failures) < len(outcomes),
                "last_failure": failures[-1].note or failures[-1].outcome if failures else None,
            }
        )
    values = {
        "now": now,
        "failures_counted": FAILURES_COUNTED,
        "results": orjson.dumps([result.row() for result in results]).decode(),
        "endpoints": orjson.dumps(endpoints).decode(),
    }
    return {(row["event_id"], row["endpoint_id"]) for row in await SETTLE.on(connection, values)}


def _summary(
    results: Sequence[Result],
    changes: Mapping[int, Change],
    states: Mapping[int, str],
    settled: Collection[tuple[int, int]],
) -> Settled:
    destinations = {result.claim.destination.endpoint_id: result.claim.destination for result in results}
    ours = [r for r in results if (r.claim.event_id, r.claim.destination.endpoint_id) in settled]
    return Settled(
        zombies=len(results) - len(ours),
        dead=sum(result.state is DeliveryState.DEAD for result in ours),
        opened=tuple(destinations[id_] for id_, change in changes.items() if change.is_opened),
        disabled=tuple(
            (destinations[id_], str(change.health.reason))
            for id_, change in changes.items()
            if change.health.state is EndpointState.DISABLED and states[id_] == EndpointState.ENABLED
        ),
    )

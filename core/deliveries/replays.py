"""Replays send the events of a time to one endpoint anew, or those that it never had; the same, with the same ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections
from core.db.statement import SqlStatement, statement
from core.deliveries.endpoints import EndpointRef
from core.deliveries.moments import of_database
from schema.webhooks import ReplayChoice, ReplayState

REPLAY_MAX: Final = timedelta(days=30)
"""Of events in one replay."""

STEP_MAX_EVENTS: Final = 1_000
"""Made due in one statement."""

LOOKED_AT_MAX: Final = 20_000
"""Rows of the outbox that one statement goes through for them."""

STEPS_MAX: Final = 100
"""In one run, so that nothing else that a process does now and then waits for long."""

ASK: Final = statement(__package__, "ask_replay")
STEP: Final = statement(__package__, "replay")
LIST: Final = SqlStatement("""
    SELECT r.* FROM webhook_replays r JOIN webhook_endpoints e ON e.id = r.endpoint_id
    WHERE e.shop = :shop AND e.name = :name AND e.state <> 'removed'
    ORDER BY r.id DESC LIMIT :most
""")
LISTED_MAX: Final = 20


class ReplayRunningError(Exception):
    """The endpoint's replay before this one has not ended."""


class ReplayRangeError(ValueError):
    """Its time is empty, in the future, or longer than thirty days."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay as it stands."""

    id: int
    since: datetime
    until: datetime
    types: tuple[str, ...] | None
    which: ReplayChoice
    state: ReplayState
    replayed: int
    """Events that it has made due so far."""
    asked_by: str
    created_at: datetime
    ended_at: datetime | None


class Replays:
    """`now`: another clock than the database's."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def ask(
        self,
        ref: EndpointRef,
        since: datetime,
        until: datetime,
        which: ReplayChoice,
        types: Sequence[str] | None = None,
        *,
        asked_by: str,
    ) -> Replay | None:
        """Ask for it; some process does it soon. None if there is no such endpoint.

        Of the types that are asked for only those are sent that the endpoint wants at all. What has not happened yet is
        no part of it. Raises ReplayRangeError, ReplayRunningError.
        """
        if not timedelta() < until - since <= REPLAY_MAX:
            raise ReplayRangeError
        values = {
            "now": self._now(),
            **ref._asdict(),
            "since": since,
            "until": until,
            "types": None if types is None else list(types),
            "which": which,
            "asked_by": asked_by,
        }
        async with self._connections.autocommit() as connection:
            (row,) = await connection.replicated_rows(ASK.sql, ASK.parameters(values))
        if not row["endpoints"]:
            return None
        if row["id"] is None:
            raise ReplayRunningError if row["is_past"] else ReplayRangeError
        return _replay(row)

    async def of(self, ref: EndpointRef) -> list[Replay]:
        """List the newest replays of the endpoint."""
        async with self._connections.autocommit() as connection:
            return [_replay(row) for row in await LIST.on(connection, {**ref._asdict(), "most": LISTED_MAX})]

    async def run(self) -> int:
        """Go on with what was asked for, as far as one run goes; returns how many deliveries were made due.

        Any number of processes may run at once: one works at a replay at a time, and what it has done is done.
        """
        replayed = 0
        for _ in range(STEPS_MAX):
            values = {"now": self._now(), "most": STEP_MAX_EVENTS, "looked_at": LOOKED_AT_MAX}
            async with self._connections.autocommit() as connection:
                steps = await STEP.on(connection, values)
            if not steps:
                break
            replayed += steps[0]["replayed"]
        return replayed


def _replay(row: Any) -> Replay:
    return Replay(
        **{name: row[name] for name in ("id", "since", "until", "replayed", "asked_by", "created_at", "ended_at")},
        types=None if row["types"] is None else tuple(row["types"]),
        which=ReplayChoice(row["which"]),
        state=ReplayState(row["state"]),
    )

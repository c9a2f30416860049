"""Endpoints are registered, changed and removed here: where a shop's events are sent."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from core.db.connection import Connections, PooledConnection
from core.db.statement import SqlStatement, statement
from core.deliveries.moments import of_database
from core.deliveries.skips import skip_unwanted
from schema.webhooks import DisabledReason, EndpointSource, EndpointState

ENDPOINTS_MAX: Final = 10
"""Of one shop, and of its test mode as many more: each event goes to all of them."""

PREVIOUS_SECRET_MAX: Final = timedelta(days=7)
"""For which a secret may be signed with beside its successor."""

CHANGE_MAX_SECONDS: Final = 5.0

LIST: Final = SqlStatement("""
    SELECT * FROM webhook_endpoints
    WHERE shop = ANY (CAST(:shops AS text[])) AND state <> 'removed'
    ORDER BY shop, name
""")
LIST_ALL: Final = "SELECT * FROM webhook_endpoints WHERE state <> 'removed' ORDER BY id"
LOCK_SHOP: Final = SqlStatement("SELECT pg_advisory_xact_lock(hashtextextended('webhooks of ' || :shop, 0))")
INSERT: Final = statement(__package__, "insert_endpoint")
CHANGE: Final = statement(__package__, "change_endpoint")


class EndpointExistsError(Exception):
    """The shop has an endpoint of that name."""


class TooManyEndpointsError(Exception):
    """The shop has as many endpoints as it may have."""


class EndpointRef(NamedTuple):
    shop: str
    """As the tables have it: a test mode has endpoints of its own."""
    name: str


class WantedEndpoint(NamedTuple):
    """An endpoint as it should be. `url`: None for one that pulls; `events`: None for every type."""

    ref: EndpointRef
    url: str | None
    events: Sequence[str] | None
    key_print: str | None = None
    """Fingerprint of the key that its secrets are derived from; None: the settings bring its secret."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it stands."""

    id: int
    shop: str
    name: str
    url: str | None = field(repr=False)
    """Shops put tokens into these."""
    events: tuple[str, ...] | None
    state: EndpointState
    reason: DisabledReason | None
    source: EndpointSource
    generation: int
    previous_until: datetime | None
    key_print: str | None
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    created_at: datetime
    changed_at: datetime


class Endpoints:
    """Reads and changes them. Only the settings' own are changed by `follow_settings`, and by nothing else.

    `now`: another clock than the database's.
    """

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime | None] = of_database) -> None:
        self._connections = Connections(engine)
        self._now = now

    async def of(self, shops: Sequence[str]) -> list[Endpoint]:
        """List the endpoints of these shops, by their stored names."""
        async with self._connections.autocommit() as connection:
            return [_endpoint(row) for row in await LIST.on(connection, {"shops": list(shops)})]

    async def all(self) -> list[Endpoint]:
        """List all shops' endpoints."""
        async with self._connections.autocommit() as connection:
            return [_endpoint(row) for row in await connection.rows(LIST_ALL, ())]

    async def get(self, ref: EndpointRef) -> Endpoint | None:
        return next((endpoint for endpoint in await self.of([ref.shop]) if endpoint.name == ref.name), None)

    async def register(self, wanted: WantedEndpoint, source: EndpointSource) -> Endpoint:
        """Register a new one; events from now on are its own. Raises EndpointExistsError, TooManyEndpointsError."""
        async with self._connections.transaction(math.inf, CHANGE_MAX_SECONDS) as connection:
            await LOCK_SHOP.on(connection, {"shop": wanted.ref.shop})
            others = await LIST.on(connection, {"shops": [wanted.ref.shop]})
            if any(other["name"] == wanted.ref.name for other in others):
                raise EndpointExistsError
            if len(others) >= ENDPOINTS_MAX:
                raise TooManyEndpointsError
            endpoint = await self._insert(connection, wanted, source)
            await connection.commit()
        return endpoint

    async def change(
        self, wanted: WantedEndpoint, *, sets_url: bool = True, sets_events: bool = True
    ) -> Endpoint | None:
        """Give it this URL, these types of events, or both; None if there is none of that name.

        What waits for it and is of no such type any more is skipped; of types that are new, events from now on are its
        own.
        """
        return await self._change(
            wanted.ref, url=wanted.url, events=wanted.events, sets_url=sets_url, sets_events=sets_events
        )

    async def enable(self, ref: EndpointRef, unless: DisabledReason | None = None) -> Endpoint | None:
        """Let it be sent to; what has waited is sent soon. None if there is none, or it is disabled for `unless`."""
        return await self._change(ref, state=EndpointState.ENABLED, unless=unless)

    async def disable(self, ref: EndpointRef, reason: DisabledReason) -> Endpoint | None:
        """Send it nothing: its deliveries wait, those of new events too. None if there is none."""
        return await self._change(ref, state=EndpointState.DISABLED, reason=reason)

    async def remove(self, ref: EndpointRef) -> Endpoint | None:
        """Remove it for good; what waits for it is skipped. None if there is none."""
        return await self._change(ref, state=EndpointState.REMOVED)

    async def rotate(
        self, ref: EndpointRef, keep: timedelta, key_print: str, replaces: int | None = None
    ) -> Endpoint | None:
        """Give it a new secret; the one before signs along for so long, up to seven days. None if there is none.

        `replaces`: only where the secret is still of this generation; None where it was replaced meanwhile, too.
        """
        return await self._change(ref, keep=min(keep, PREVIOUS_SECRET_MAX), key_print=key_print, replaces=replaces)

    async def follow_settings(self, all_wanted: Iterable[WantedEndpoint]) -> None:
        """Make the settings' endpoints what the settings say: new, changed, or gone with their lines.

        One that was registered otherwise under such a name is the settings' from now on.
        """
        wanted = {one.ref: one for one in all_wanted}
        changed: list[Endpoint | None] = []
        async with self._connections.transaction(math.inf, CHANGE_MAX_SECONDS) as connection:
            await LOCK_SHOP.on(connection, {"shop": ""})
            rows = await connection.rows(
                "SELECT * FROM webhook_endpoints WHERE state <> 'removed' ORDER BY id FOR NO KEY UPDATE", ()
            )
            present = {EndpointRef(row["shop"], row["name"]): _endpoint(row) for row in rows}
            for ref, endpoint in present.items():
                if endpoint.source is EndpointSource.SETTINGS and ref not in wanted:
                    changed.append(await self._run_change(connection, ref, state=EndpointState.REMOVED))
            for ref, one in wanted.items():
                found = present.get(ref)
                if found is None:
                    await self._insert(connection, one, EndpointSource.SETTINGS)
                elif not _is_as_wanted(found, one):
                    changed.append(await self._run_change(
                        connection, ref, url=one.url, events=one.events, key_print=one.key_print, sets_url=True,
                        sets_events=True, source=EndpointSource.SETTINGS,
                    ))  # fmt: skip
            await connection.commit()
        await self._skip_unwanted(endpoint for endpoint in changed if endpoint is not None)

    async def _insert(self, connection: PooledConnection, wanted: WantedEndpoint, source: EndpointSource) -> Endpoint:
        values = {
            "now": self._now(),
            "shop": wanted.ref.shop,
            "name": wanted.ref.name,
            "url": wanted.url,
            "events": None if wanted.events is None else list(wanted.events),
            "source": source,
            "key_print": wanted.key_print,
        }
        return _endpoint((await INSERT.on(connection, values))[0])

    async def _change(self, ref: EndpointRef, **changes: Any) -> Endpoint | None:
        async with self._connections.transaction(math.inf, CHANGE_MAX_SECONDS) as connection:
            endpoint = await self._run_change(connection, ref, **changes)
            await connection.commit()
        if endpoint is not None and (endpoint.state is EndpointState.REMOVED or changes.get("sets_events")):
            await self._skip_unwanted([endpoint])
        return endpoint

    async def _skip_unwanted(self, changed: Iterable[Endpoint]) -> None:
        """Each has its change already: what comes from now on it is not sent, and what waits may be any number."""
        for endpoint in changed:
            await skip_unwanted(self._connections, endpoint.id, self._now())

    async def _run_change(self, connection: PooledConnection, ref: EndpointRef, **changes: Any) -> Endpoint | None:
        unchanged = dict.fromkeys(
            ("url", "events", "state", "reason", "keep", "key_print", "source", "replaces", "unless")
        )
        values = {"now": self._now(), **ref._asdict(), "sets_url": False, "sets_events": False, **unchanged, **changes}
        if values["events"] is not None:
            values["events"] = list(values["events"])
        rows = await CHANGE.on(connection, values)
        return _endpoint(rows[0]) if rows else None


def _is_as_wanted(found: Endpoint, wanted: WantedEndpoint) -> bool:
    events = None if wanted.events is None else tuple(wanted.events)
    return (found.source, found.url, found.events, found.key_print) == (
        *(EndpointSource.SETTINGS, wanted.url, events, wanted.key_print),
    )


def _endpoint(row: Any) -> Endpoint:
    return Endpoint(
        **{
            name: row[name]
            for name in (
                *("id", "shop", "name", "url", "generation", "previous_until", "key_print", "failures"),
                *("failing_since", "paused_until", "last_success_at", "last_failure_at", "last_failure"),
                *("created_at", "changed_at"),
            )
        },
        events=None if row["events"] is None else tuple(row["events"]),
        state=EndpointState(row["state"]),
        reason=DisabledReason(row["reason"]) if row["reason"] else None,
        source=EndpointSource(row["source"]),
    )

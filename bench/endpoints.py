"""Webhook endpoints and what is due to them, put into the tables directly, and what has arrived there."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import aiohttp

from bench.postgres import Cluster
from bench.receiver import ARRIVALS, Arrival
from bench.servers import WEBHOOK_KEY
from outbound.webhooks.secrets import fingerprint

INSERT: Final = f"""
    INSERT INTO webhook_endpoints (
        shop, name, url, state, reason, source, key_print, opened_at, since, filled_until, created_at, changed_at
    )
    SELECT $1, 'e' || n, $2 || n, 'disabled', 'operator', 'operator', '{fingerprint(WEBHOOK_KEY.encode())}',
        now(), now(), now(), now(), now()
    FROM generate_series(1, $3::int) n
    RETURNING id
"""

ENABLE: Final = "UPDATE webhook_endpoints SET state = 'enabled', reason = NULL WHERE id = ANY ($1::int[])"
REMOVE: Final = (
    "UPDATE webhook_endpoints SET state = 'removed', reason = NULL, name = 'x' || id WHERE id = ANY ($1::int[])"
)
NOTIFY: Final = "SELECT pg_notify('tiyin', '')"
DUE: Final = "SELECT count(*) FROM deliveries WHERE state = 'due' AND endpoint_id <> ALL ($1::int[])"

EVENTS_DUE: Final = """
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT x.transition_id, ($1::int[])[1 + x.order_id % cardinality($1::int[])], x.shop, x.order_id, x.sequence, 'due',
        '-infinity', now()
    FROM outbox x
"""
"""Every event to one of the endpoints, those of an order to the same."""

DRAIN_SECONDS: Final = 120.0


class EndpointTable:
    """Of one database, all at one receiver."""

    def __init__(self, cluster: Cluster, database: str, port: int) -> None:
        self._cluster = cluster
        self._database = database
        self._url = f"http://127.0.0.1:{port}"
        self.not_waited_for: Sequence[int] = ()
        """Endpoints whose deliveries need not be made."""

    async def add(self, count: int, shop: str = "main") -> Sequence[int]:
        """Their ids. Nothing is sent to them until they are enabled."""
        connection = await self._cluster.connect(self._database)
        try:
            rows = await connection.fetch(INSERT, shop, f"{self._url}/{self._database}/", count)
        finally:
            await connection.close()
        return [row["id"] for row in rows]

    async def enable(self, ids: Sequence[int]) -> None:
        """Enable them, and wake the workers."""
        await self.run(ENABLE, list(ids))
        await self.run(NOTIFY)

    async def remove(self, ids: Sequence[int]) -> None:
        await self.run(REMOVE, list(ids))

    async def run(self, statement: str, *values: Any) -> list[Any]:
        connection = await self._cluster.connect(self._database)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def until_none_is_due(self) -> str | None:
        """Wait until everything is delivered; returns what is wrong if that takes too long."""
        connection = await self._cluster.connect(self._database)
        end = time.perf_counter() + DRAIN_SECONDS
        try:
            while due := await connection.fetchval(DUE, list(self.not_waited_for)):
                if time.perf_counter() > end:
                    return f"{due} events were not delivered within {DRAIN_SECONDS:g} s"
                await asyncio.sleep(0.1)
        finally:
            await connection.close()
        return None

    async def arrivals(self) -> list[Arrival]:
        """What has come there since it was last asked for."""
        async with aiohttp.ClientSession() as session, session.get(self._url + ARRIVALS) as response:
            return [(path, event_id, at) for path, event_id, at in await response.json()]

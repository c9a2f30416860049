"""Successes are what endpoints in good health received: one statement settles them, as nothing is to be decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import orjson

from core.db.connection import Connections
from core.db.statement import statement
from core.deliveries.results import Result
from schema.webhooks import AttemptOutcome

SETTLE_SUCCESSES: Final = statement(__package__, "settle_successes")


class Successes(NamedTuple):
    zombies: int
    """Results of claims that another has taken over since."""
    left: Sequence[Result]
    """Of endpoints that have failed lately: what follows for them is to be decided."""


async def settle_successes(connections: Connections, results: Sequence[Result], now: datetime | None) -> Successes:
    """Settle, if all of these were received, those of endpoints in good health. It commits as a claim does.

    A settling of its own takes four messages to the database, and locks rows that every payment's save reads.
    """
    if any(result.outcome is not AttemptOutcome.RECEIVED for result in results):
        return Successes(0, results)
    values = {
        "now": now,
        "endpoint_ids": sorted({result.claim.destination.endpoint_id for result in results}),
        "results": orjson.dumps([result.row() for result in results]).decode(),
    }
    async with connections.autocommit() as connection:
        rows = await connection.replicated_rows(SETTLE_SUCCESSES.sql, SETTLE_SUCCESSES.parameters(values))
    done = {(row["event_id"], row["endpoint_id"]) for row in rows}
    left = [r for r in results if (r.claim.event_id, r.claim.destination.endpoint_id) not in done]
    return Successes(sum(not row["is_settled"] for row in rows), left)

"""Claims: how long they take with a million deliveries made, thousands due and thousands waiting."""

import time
from dataclasses import dataclass
from typing import Final

from bench import history
from bench.endpoints import EndpointTable
from bench.plan import Spread
from bench.postgres import Cluster
from core import DeliveryQueue, Result, delivery_pool
from core.deliveries.queue import Room
from schema.webhooks import AttemptOutcome

ENDPOINTS: Final = 20
TIMES_CLAIMED: Final = 50
TIMES_IDLE: Final = 200

DELIVERED: Final = """
    INSERT INTO deliveries (
        event_id, endpoint_id, shop, stream, sequence, state, fence, due_at, created_at, settled_at
    )
    SELECT -n - 10000000::bigint, ($1::int[])[1 + n % cardinality($1::int[])], 'main', n / 2, n % 2, 'delivered', 1,
        '-infinity', now(), now()
    FROM generate_series(1, $2::int) n
"""

DUE: Final = """
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT transition_id, $1::int, shop, order_id, sequence, 'due', $2::timestamptz, now() FROM outbox
"""


@dataclass(frozen=True, slots=True)
class ClaimTimes:
    """Milliseconds, round trips included."""

    delivered: int
    due: int
    idle: Spread
    """Claims that find nothing due."""
    claim: Spread
    claimed: float
    """Deliveries in one claim."""
    settle: Spread
    """Of what one claim has taken."""


async def measure(cluster: Cluster, database: str, table: EndpointTable, delivered: int, waiting: int) -> ClaimTimes:
    """One endpoint has as many due as another has waiting for the next hour."""
    await history.fill(cluster, database, waiting // 2)
    ids = list(await table.add(ENDPOINTS))
    await table.run(DELIVERED, ids, delivered)
    await table.run("UPDATE webhook_endpoints SET state = 'enabled', reason = NULL")
    (((later,)),) = await table.run("SELECT now() + interval '1 hour'")
    ((long_ago,),) = await table.run("SELECT '-infinity'::timestamptz")
    await table.run(DUE, ids[1], later)
    await table.run("VACUUM (ANALYZE) deliveries")
    url = cluster.url(database).replace("postgresql:", "postgresql+asyncpg:")
    room = Room(most=64, cold_endpoints=16, fresh=2, known={ids[0]: (16, True)})
    async with delivery_pool(url) as engine:
        queue = DeliveryQueue(engine)
        idle = [await _idle_claim(queue, room) for _ in range(TIMES_IDLE)]
        await table.run(DUE, ids[0], long_ago)
        cycles = [await _cycle(queue, room) for _ in range(TIMES_CLAIMED)]
    return ClaimTimes(
        delivered,
        waiting,
        Spread.of(idle[1:]),
        Spread.of([claim for claim, _, _ in cycles[1:]]),
        sum(count for _, count, _ in cycles) / len(cycles),
        Spread.of([settle for _, _, settle in cycles[1:]]),
    )


async def _idle_claim(queue: DeliveryQueue, room: Room) -> float:
    began = time.perf_counter()
    claimed = await queue.claim(room)
    if claimed.claims:
        raise SystemExit("Something was claimed that is not due.")
    return time.perf_counter() - began


async def _cycle(queue: DeliveryQueue, room: Room) -> tuple[float, int, float]:
    """Seconds of a claim, how many it took, and seconds of settling them."""
    began = time.perf_counter()
    claims = (await queue.claim(room)).claims
    claimed = time.perf_counter()
    if not claims:
        raise SystemExit("Nothing was claimed, though thousands are due.")
    settled = await queue.settle([Result(claim, AttemptOutcome.RECEIVED, claim.now, 1) for claim in claims])
    if settled.zombies:
        raise SystemExit("What was claimed could not be settled.")
    return claimed - began, len(claims), time.perf_counter() - claimed

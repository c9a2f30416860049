"""What an endpoint adds to the statement that saves a batch of payments: the deliveries of their events."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Final

from bench.plan import AMOUNT_TIYIN
from bench.postgres import Cluster
from core import Create, ExternalPaymentRef, OrderRef, Perform, make_engine
from core.commit import store
from core.connection_pools import PAYMENT_SETTINGS
from core.db.connection import Connections, PooledConnection
from core.domain.answers import Refused
from core.domain.commands import Command
from core.domain.decide import decide
from core.domain.periods import Periods
from core.domain.unit_of_work import UnitOfWork
from schema.values import Provider

PAYMENTS: Final = 16
SHOPS: Final = ("main", "other")
"""The first has an endpoint."""

MAX_SECONDS: Final = 10.0

ORDERS: Final = f"""
    INSERT INTO orders (id, shop, account, kind, amount, state, version, fingerprint, metadata, created_at, changed_at)
    SELECT $1 + n, $2, n::text, 'one_time', {AMOUNT_TIYIN}, 'awaiting', 0, '', '{{}}', now(), now()
    FROM generate_series(1, {PAYMENTS}) n
"""


@dataclass(frozen=True, slots=True)
class SaveTimes:
    """Microseconds of the statement, for each transition."""

    without: float
    with_endpoint: float
    added: float
    """The median of each round's own difference."""


async def measure(cluster: Cluster, database: str, rounds: int) -> SaveTimes:
    """Payments of a shop with an endpoint and of one without are performed in turn, and rolled back."""
    now = datetime.now(UTC)
    connection = await cluster.connect(database)
    try:
        for number, shop in enumerate(SHOPS):
            await connection.execute(ORDERS, 1_000 * number, shop)
    finally:
        await connection.close()
    engine = make_engine(
        cluster.url(database).replace("postgresql:", "postgresql+asyncpg:"), 1, pooled=False, settings=PAYMENT_SETTINGS
    )
    connections = Connections(engine)
    taken: dict[str, list[float]] = {shop: [] for shop in SHOPS}
    try:
        for number, shop in enumerate(SHOPS):
            async with connections.transaction(math.inf, MAX_SECONDS) as opening:
                creates: list[Command] = [
                    Create(_payment(shop, n), OrderRef(shop, str(n)), AMOUNT_TIYIN, now, {})
                    for n in range(1, PAYMENTS + 1)
                ]
                work = await _decided(opening, creates, now, 1_000 * number + 1)
                transition_ids = range(1_000 * number + 1, 1_000 * number + 1 + PAYMENTS)
                await opening.commit(store.saving(work, transition_ids, wait=False))
        for turn in range(rounds + 1):
            for shop in SHOPS if turn % 2 else reversed(SHOPS):
                taken[shop].append(await _save_seconds(connections, shop, now))
    finally:
        await engine.dispose()
    return _times(taken)


def _times(taken: Mapping[str, list[float]]) -> SaveTimes:
    with_endpoint, without = ([seconds / PAYMENTS * 1e6 for seconds in taken[shop][1:]] for shop in SHOPS)
    added = median(more - less for more, less in zip(with_endpoint, without, strict=True))
    return SaveTimes(round(median(without), 1), round(median(with_endpoint), 1), round(added, 1))


def _payment(shop: str, number: int) -> ExternalPaymentRef:
    return ExternalPaymentRef(shop, Provider.PAYME, f"{shop}-{number}")


async def _save_seconds(connections: Connections, shop: str, now: datetime) -> float:
    performs: list[Command] = [Perform(_payment(shop, n), Provider.PAYME) for n in range(1, PAYMENTS + 1)]
    async with connections.transaction(math.inf, MAX_SECONDS) as connection:  # rolled back: nothing commits it
        work = await _decided(connection, performs, now)
        saving = store.saving(work, range(10_001, 10_001 + PAYMENTS), wait=False)
        if saving is None:
            raise SystemExit("Nothing is to be saved.")
        began = time.perf_counter()
        await connection.rows(saving, ())
        seconds = time.perf_counter() - began
        if len(work.transitions) != PAYMENTS:
            raise SystemExit("Not every payment was performed.")
    return seconds


async def _decided(
    connection: PooledConnection, commands: list[Command], now: datetime, first_payment_id: int = 1
) -> UnitOfWork:
    work = UnitOfWork(Periods(), range(first_payment_id, first_payment_id + PAYMENTS))
    locked = await store.lock_and_load(connection, commands, wait=False)
    await store.load(connection, work, locked, commands)
    for command in commands:
        answer = decide(work, command, now, "bench")
        if isinstance(answer, Refused):
            raise SystemExit(f"A payment was refused: {answer.refusal}.")
    return work

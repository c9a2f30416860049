"""Four workers race for one shop's events: each arrives once, in its order, beside no other of its stream."""

import asyncio
import os
from collections import Counter, defaultdict
from contextlib import AsyncExitStack

from core.connection_pools import delivery_pool

WORKERS = 4
STREAMS = int(os.environ.get("TIYIN_STREAMS", "375"))
"""Orders, of four events each."""

PAYERS = 25
OF_A_LIFE = ("payment.created", "payment.cancelled", "payment.created", "payment.paid")


async def test_nothing_is_lost_sent_twice_or_overtaken(deliveries, database_url, receiver):
    await deliveries.registers()
    for first in range(0, STREAMS, PAYERS):
        await asyncio.gather(*(deliveries.lives(f"s{n}") for n in range(first, first + PAYERS)))
    answers = defaultdict(list)

    def fails_at_first(event):
        answer = 500 if int(event["id"].removeprefix("evt_")) % 10 == 0 and not answers[event["id"]] else 204
        answers[event["id"]].append(answer)
        return answer

    receiver.answer = fails_at_first
    async with AsyncExitStack() as workers:
        for _ in range(WORKERS):
            engine = await workers.enter_async_context(delivery_pool(database_url))
            await workers.enter_async_context(deliveries.sending(engine=engine))
        await deliveries.are_all(within=300)
    assert len(answers) == 4 * STREAMS
    assert Counter(tuple(given) for given in answers.values()).keys() == {(204,), (500, 204)}
    assert receiver.overlaps == 0
    assert set(deliveries.orders().values()) == {OF_A_LIFE}

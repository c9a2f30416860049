"""A worker is killed at every message that it sends to the database for deliveries, before and after it is dealt with.

What it had in hand is sent again once its lease has ended: nothing is lost, and what comes twice has the same id.
"""

import asyncio
import os

import pytest

from tests.wire import Strike

NEVER = "3600"
CLAIM_OR_SETTLE = (b"picked AS MATERIALIZED", b"FOR NO KEY UPDATE OF e")
"""In their statements, as they are sent first on each connection."""
MESSAGES_MAX = 150
KINDS = "" if os.environ.get("TIYIN_EVERY_POINT") else "QS"
"""All, or those that end a statement or a transaction: what comes before them is done with them, or not at all."""


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_killed_at_every_message(starts_worker, deliveries, receiver, wire, http, answered):
    cable, near_end = wire
    cable.subjects = CLAIM_OR_SETTLE
    await deliveries.registers()
    kinds = []
    for k in range(1, MESSAGES_MAX):
        await deliveries.pays(f"c{k}")
        victim = starts_worker(near_end, TIYIN_TEST_READINESS=NEVER)
        strike = cable.strike = Strike(k, victim.kill, answered, KINDS)
        await ends_or_delivers(victim, deliveries)
        victim.kill()
        await victim.ended()
        cable.strike = None
        if await deliveries.states() == {"delivered": await count(deliveries)} and strike.struck is None:
            break
        kinds.append(strike.struck)
        received = len(receiver.requests)
        await deliveries.leases_end()
        async with deliveries.sending():
            await deliveries.are_all()
        assert deliveries.orders()[f"c{k}"] == ("payment.created", "payment.paid")
        assert len(receiver.requests) - received <= 2
        await comes_once(deliveries, k, twice_at_most=1)
    assert set(KINDS or "BESQ") <= set(kinds), kinds
    assert kinds.count("Q") >= 2, f"BEGIN and COMMIT of a settling: {kinds}"


async def ends_or_delivers(victim, deliveries):
    async with asyncio.timeout(30):
        while victim.alive and "due" in await deliveries.states():
            await asyncio.sleep(0.01)


async def count(deliveries) -> int:
    return (await deliveries.sql("SELECT count(*) FROM outbox"))[0][0]


async def comes_once(deliveries, k, twice_at_most):
    times = deliveries.times_received()
    assert len(times) == await count(deliveries), "lost"
    doubles = [n for n in list(times.values())[-2:] if n > 1]
    assert len(doubles) <= twice_at_most, (k, times)
    assert max(times.values()) <= 2

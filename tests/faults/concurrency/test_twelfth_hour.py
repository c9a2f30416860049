"""Payments are performed at two gateways while their twelfth hour ends, and the sweeper is at work."""

import asyncio
from itertools import count

import pytest

from schema.values import to_ms
from tests.faults.concurrency.calls import (
    AT_ONCE,
    CANNOT,
    creation,
    payme_id,
)
from tests.faults.harness.concurrent_callers import payme

ROUNDS = 12


@pytest.mark.parametrize("late", [-1, 0, 1], ids=["a millisecond before", "at the edge", "a millisecond after"])
async def test_perform_at_the_twelfth_hour_with_the_sweeper_at_work(
    callers, opened, reads, now, shared_clock, sweeper, second_guard_unneeded, late
):
    accounts = await opened(AT_ONCE)
    await callers.send([creation(payme_id(n), now, account) for n, account in enumerate(accounts)])
    shared_clock.advance(hours=12, milliseconds=late)
    async with second_guard_unneeded():
        performs = [payme("PerformTransaction", id=payme_id(n)) for n in range(AT_ONCE)]
        _, replies, _ = await asyncio.gather(sweeper.sweep(), callers.send(performs), sweeper.sweep())
    assert {reply.word for reply in replies} == {CANNOT if late > 0 else 2}
    ended = ("cancelled", 4, "awaiting") if late > 0 else ("paid", None, "paid")
    rows = "SELECT DISTINCT p.state, p.reason, o.state FROM payments p JOIN orders o ON o.id = p.order_id"
    assert await reads(rows) == [ended]


async def test_perform_while_the_twelfth_hour_passes_is_paid_or_over(
    callers, opened, reads, shared_clock, sweeper, second_guard_unneeded
):
    """The moment when it passes is sought: where some are still paid, and the others are over already."""
    numbers, pause, contested = count(1), 0.01, 0
    for _ in range(ROUNDS):
        started = to_ms(shared_clock.now())
        payments = {payme_id(next(numbers)): account for account in await opened(AT_ONCE)}
        await callers.send([creation(payment, started, account) for payment, account in payments.items()])
        shared_clock.advance(hours=12)

        async def time_passes(after: float) -> None:
            await asyncio.sleep(after)
            shared_clock.advance(milliseconds=1)
            await sweeper.sweep()

        async with second_guard_unneeded():
            performs = [payme("PerformTransaction", id=payment) for payment in payments]
            _, replies = await asyncio.gather(time_passes(pause), callers.send(performs))
        words_by_payment = {payment: reply.word for payment, reply in zip(payments, replies, strict=True)}
        states = dict(await reads("SELECT external_id, state FROM payments"))
        assert {payment: states[payment] for payment in payments} == {
            payment: {2: "paid", CANNOT: "cancelled"}[word] for payment, word in words_by_payment.items()
        }
        words = set(words_by_payment.values())
        contested += len(words) > 1
        pause *= {frozenset({2}): 0.6, frozenset({CANNOT}): 1.5}.get(frozenset(words), 1)
    assert contested, "that was no race"

"""Debits that come late meet rivals at two gateways: whoever is first, an order has one of few histories."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.faults.concurrency.calls import AT_ONCE, PAID, creation, payme_id
from tests.faults.concurrency.races import Attempt, prepared
from tests.faults.harness.concurrent_callers import Reply, api, complete, prepare

ANOTHERS = 1_000_000
"""Added to Click's numbers of an attempt: those of a payment that we know nothing of."""

PAID_LATE = ("paid", "click paid", "created cancelled paid")


async def test_a_late_debit_against_paymes_creation(race, late, shared_clock):
    now = to_ms(shared_clock.now())
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            creation(payme_id(number), now, account),
        ],
        {
            (0, PAID): PAID_LATE,
            (-9, 1): ("reserved", "click cancelled 105, payme pending", "created cancelled created cancelled"),
        },
    )


async def test_a_late_debit_against_a_withdrawal(race, late):
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            api(f"/orders/{account}/cancel"),
        ],
        {
            (0, 409): PAID_LATE,
            (-9, 200): ("cancelled", "click cancelled 105", "created cancelled cancelled"),
        },
    )


@pytest.mark.parametrize(("error", "once_paid"), [(-1, -4), (-5017, -9)])
async def test_a_late_debit_against_its_own_failure(race, late, error, once_paid):
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            complete(account, number, prepare_id, error),
        ],
        {
            (0, once_paid): PAID_LATE,
            (-9, -9): ("awaiting", f"click cancelled {error}", "created cancelled cancelled"),
        },
    )


async def test_a_late_debit_against_anothers_under_its_id(race, late):
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number + ANOTHERS, prepare_id),
            complete(account, number, prepare_id),
            complete(account, number + ANOTHERS, prepare_id),
        ],
        {(-9, 0, -9): PAID_LATE},
    )


async def test_a_late_debit_against_a_newer_attempt(race, late):
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            prepare(account, number + ANOTHERS),
        ],
        {
            (0, -9): PAID_LATE,
            (0, 0): ("paid", "click paid, click cancelled 103", "created cancelled created cancelled paid"),
        },
    )


async def test_an_older_attempts_debit_against_the_newer_ones(callers, race, begun):
    replies = await callers.send([prepare(account, number + ANOTHERS) for account, number, _ in begun])
    ids = {reply.json["merchant_trans_id"]: reply.json["merchant_prepare_id"] for reply in replies}
    await race(
        begun,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            complete(account, number + ANOTHERS, ids[account]),
        ],
        {
            (0, -9): (
                "paid",
                "click paid, click cancelled 105",
                "created cancelled created cancelled paid cancelled",
            ),
            (-9, 0): ("paid", "click cancelled 105, click paid", "created cancelled created paid cancelled"),
        },
    )


async def test_equal_late_debits_are_paid_once(callers, late, histories, second_guard_unneeded):
    async with second_guard_unneeded():
        for account, number, prepare_id in late:
            replies = await callers.send_to_all(complete(account, number, prepare_id))
            assert Counter(reply.word for reply in replies) == {0: 1, -4: AT_ONCE - 1}
    assert set((await histories()).values()) == {PAID_LATE}


@pytest.mark.parametrize(
    ("answer", "unswept", "swept"),
    [
        (0, {("paid", "click paid", "created paid")}, {PAID_LATE}),
        (
            -9,
            {("expired", "click cancelled 105", "created cancelled expired")},
            {
                ("expired", "click cancelled 105", "created cancelled cancelled expired"),
                ("expired", "click cancelled 105", "created cancelled expired cancelled"),
            },
        ),
    ],
    ids=["of a free order", "of an order that has expired"],
)
async def test_late_debits_with_the_sweeper_at_work(
    callers, opened, histories, shared_clock, sweeper, second_guard_unneeded, answer, unswept, swept
):
    """No answer depends on whether it has passed. The moment is sought when now it comes first, now the debit."""
    pause = 0.005

    async def debits(attempt: Attempt) -> Reply:
        await asyncio.sleep(pause)
        return await callers.send_one(complete(*attempt))

    async with second_guard_unneeded():
        for _ in range(AT_ONCE):
            until = {} if answer == 0 else {"expires_at": (shared_clock.now() + timedelta(hours=1)).isoformat()}
            (attempt,) = await prepared(callers, await opened(1, **until))
            shared_clock.advance(hours=1, milliseconds=1)
            _, reply = await asyncio.gather(sweeper.sweep(), debits(attempt))
            assert reply.word == answer
            await sweeper.sweep()
            pause *= 0.6 if (await histories())[attempt[0]] in swept else 1.5
    found = set((await histories()).values())
    assert found <= unswept | swept
    assert found & unswept, "that was no race"
    assert found & swept, "that was no race"

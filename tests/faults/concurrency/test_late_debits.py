"""Debits that come late meet rivals at two gateways: whoever is first, an order has one of few histories."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random

import pytest

from schema.values import to_ms
from tests.faults.concurrency.calls import AT_ONCE, PAID, creation, payme_id
from tests.faults.conftest import SEED
from tests.faults.harness.concurrent_callers import Reply, api, complete, prepare

ANOTHERS = 1_000_000
"""Added to Click's numbers of an attempt: those of a payment that we know nothing of."""

Late = tuple[str, int, int]
"""An attempt that we have ended: its order's account, Click's number and ours."""
Rivals = Callable[[str, int, int], list[bytes]]
History = tuple[str, str, str]
"""An order's state, its payments' states with their reasons, its events."""

READ = """
SELECT account, state,
    (SELECT string_agg(concat_ws(' ', p.provider, p.state, p.reason), ', ' ORDER BY t.version)
     FROM payments p JOIN transitions t ON t.payment_id = p.id AND t.verb = 'create' WHERE p.order_id = o.id),
    (SELECT string_agg(split_part(event, '.', 2), ' ' ORDER BY sequence) FROM outbox WHERE order_id = o.id)
FROM orders o
"""
"""The payments in the order in which they began: each gateway has its own ids for them."""

PAID_LATE = ("paid", "click paid", "created cancelled paid")


@pytest.fixture
def histories(reads) -> Callable[[], Awaitable[dict[str, History]]]:
    """By account."""

    async def read() -> dict[str, History]:
        return {account: tuple(history) for account, *history in await reads(READ)}

    return read


@pytest.fixture
async def begun(callers, opened) -> list[Late]:
    """Attempts whose reservation still holds their orders."""
    return await prepared(callers, await opened(AT_ONCE))


@pytest.fixture
async def late(begun, shared_clock, sweeper) -> list[Late]:
    """Attempts that the sweeper has ended."""
    shared_clock.advance(hours=1, milliseconds=1)
    await sweeper.sweep()
    return begun


@pytest.fixture
def race(callers, histories, second_guard_unneeded):
    async def run(attempts: Sequence[Late], rivals: Rivals, outcomes: dict[tuple[int, ...], History]) -> None:
        """Have the rivals call for one order after another. `outcomes`: what each must hear, and what then stands."""
        random = Random(SEED)
        words: dict[str, tuple[int, ...]] = {}
        async with second_guard_unneeded():
            for attempt in attempts:
                calls = rivals(*attempt)
                order = random.sample(range(len(calls)), len(calls))
                replies = await callers.send([calls[place] for place in order])
                heard = dict(zip(order, replies, strict=True))
                words[attempt[0]] = tuple(heard[place].word for place in range(len(calls)))
        assert set(words.values()) == set(outcomes), "an answer that nobody may hear, or no race"
        assert await histories() == {account: outcomes[heard] for account, heard in words.items()}

    return run


async def prepared(callers, accounts: Sequence[str]) -> list[Late]:
    replies = await callers.send([prepare(account, int(account)) for account in accounts])
    assert {reply.word for reply in replies} == {0}
    ids = [reply.json["merchant_prepare_id"] for reply in replies]
    return [(account, int(account), prepare_id) for account, prepare_id in zip(accounts, ids, strict=True)]


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

    async def debits(attempt: Late) -> Reply:
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

"""Rivals at two gateways have one winner."""

from collections import Counter
from random import Random

from tests.faults.concurrency.calls import (
    AT_ONCE,
    BUSY,
    CANNOT,
    DELIVERED,
    PAID,
    PAYMENTS,
    creation,
    payme_id,
)
from tests.faults.conftest import SEED
from tests.faults.harness.concurrent_callers import api, complete, payme, prepare

RIVALS = 200


async def test_one_provider_wins_before_the_card_is_debited(callers, opened, reads, now, second_guard_unneeded):
    winners: Counter[str] = Counter()
    random = Random(SEED)
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(RIVALS), 1):
            payment = payme_id(number)
            rivals = [creation(payment, now, account), prepare(account, number)] * 2
            random.shuffle(rivals)
            replies = await callers.send(rivals)
            paymes = {r.word for call, r in zip(rivals, replies, strict=True) if b"callback/payme" in call}
            clicks = {r.word for call, r in zip(rivals, replies, strict=True) if b"callback/click" in call}
            assert (paymes, clicks) in (({1}, {-9}), ({BUSY}, {0})), "one wins, and all get the same answer"
            winner = "payme" if paymes == {1} else "click"
            winners[winner] += 1
            if winner == "payme":
                assert (await callers.send_one(payme("PerformTransaction", id=payment))).word == 2
            else:
                prepare_id = max(r.json.get("merchant_prepare_id", 0) for r in replies)
                assert (await callers.send_one(complete(account, number, prepare_id))).word == 0
    assert set(winners) == {"payme", "click"}, "that was no race"
    assert await reads("SELECT DISTINCT state FROM orders") == [("paid",)]
    assert await reads("SELECT state, count(*) FROM payments GROUP BY 1") == [("paid", RIVALS)]


async def test_perform_against_cancel_is_one_history(callers, opened, reads, now, second_guard_unneeded):
    accounts = await opened(PAYMENTS)
    outcomes: Counter[tuple[int, int]] = Counter()
    async with second_guard_unneeded():
        for number, account in enumerate(accounts):
            payment = payme_id(number)
            assert (await callers.send_one(creation(payment, now, account))).word == 1
            perform, cancel = payme("PerformTransaction", id=payment), payme("CancelTransaction", id=payment, reason=5)
            first, second = (perform, cancel) if number % 2 else (cancel, perform)
            replies = await callers.send([first, second])
            performed, cancelled = replies if number % 2 else reversed(replies)
            outcomes[performed.word, cancelled.word] += 1
            assert (await callers.send_one(payme("CheckTransaction", id=payment))).word == cancelled.word
    assert set(outcomes) <= {(2, -2), (CANNOT, -1)}
    states = {"reversed": outcomes[2, -2], "cancelled": outcomes[CANNOT, -1]}
    assert dict(await reads("SELECT state, count(*) FROM payments GROUP BY 1")) == {
        s: n for s, n in states.items() if n
    }


async def test_two_ids_for_one_order_have_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            rivals = [creation(payme_id(number * 10 + n), now, account) for n in range(4)]
            replies = await callers.send(rivals)
            assert sorted(reply.word for reply in replies) == [BUSY] * 3 + [1]
    assert await reads("SELECT state, count(*) FROM payments GROUP BY 1") == [("pending", PAYMENTS)]


async def test_newer_attempts_take_the_older_ones_places_together(callers, opened, reads, second_guard_unneeded):
    """One save ends many payments and begins their successors: no order may have two live ones even for a moment."""
    accounts = await opened(AT_ONCE)
    async with second_guard_unneeded():
        for attempt in range(1, 6):
            prepares = [prepare(account, attempt * 1000 + n) for n, account in enumerate(accounts)]
            assert {reply.word for reply in await callers.send(prepares)} == {0}
    states = await reads("SELECT state, count(*) FROM payments GROUP BY 1 ORDER BY 1")
    assert states == [("cancelled", 4 * AT_ONCE), ("pending", AT_ONCE)]


async def test_one_id_for_two_orders_is_one_payment(callers, opened, reads, now):
    """Two orders are two locks: here the unique index is the guard, and the loser runs again."""
    accounts = await opened(PAYMENTS)
    for number, pair in enumerate(zip(accounts[::2], accounts[1::2], strict=True)):
        replies = await callers.send([creation(payme_id(number), now, account) for account in pair])
        assert sorted(reply.word for reply in replies) == [CANNOT, 1]
    assert await reads("SELECT count(*), count(DISTINCT external_id) FROM payments") == [(PAYMENTS // 2,) * 2]


async def test_a_withdrawal_against_a_payment_has_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            replies = await callers.send([creation(payme_id(number), now, account), api(f"/orders/{account}/cancel")])
            assert tuple(reply.word for reply in replies) in {(1, 409), (PAID, 200)}
    rows = "SELECT o.state, count(p.id) FROM orders o LEFT JOIN payments p ON p.order_id = o.id GROUP BY o.id"
    assert set(await reads(rows)) <= {("reserved", 1), ("cancelled", 0)}


async def test_handing_over_against_giving_back_has_one_winner(callers, opened, reads, now, second_guard_unneeded):
    async with second_guard_unneeded():
        for number, account in enumerate(await opened(PAYMENTS)):
            payment = payme_id(number)
            assert (await callers.send_one(creation(payment, now, account))).word == 1
            assert (await callers.send_one(payme("PerformTransaction", id=payment))).word == 2
            calls = [payme("CancelTransaction", id=payment, reason=5), api(f"/orders/{account}/deliver")]
            replies = await callers.send(calls)
            assert tuple(reply.word for reply in replies) in {(-2, 409), (DELIVERED, 200)}
    rows = "SELECT DISTINCT state, delivered_at IS NOT NULL FROM orders"
    assert set(await reads(rows)) <= {("refunded", False), ("paid", True)}

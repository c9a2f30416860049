"""Equal calls at two gateways have one effect."""

from collections import Counter

import pytest

from tests.faults.concurrency.calls import (
    AT_ONCE,
    PAYMENTS,
    PRICE,
    all_equal,
    creation,
    payme_id,
)
from tests.faults.harness.concurrent_callers import api, complete, payme, prepare


async def test_equal_calls_of_payme_have_one_effect_and_one_answer(
    callers, opened, reads, now, shared_clock, second_guard_unneeded
):
    accounts = await opened(PAYMENTS)
    async with second_guard_unneeded():
        for number, account in enumerate(accounts):
            check = payme("CheckPerformTransaction", amount=PRICE, account={"order_id": account})
            assert all_equal(await callers.send_to_all(check)).json["result"] == {"allow": True}
            payment = payme_id(number)
            calls = [
                (creation(payment, now, account), 1),
                (payme("PerformTransaction", id=payment), 2),
                (payme("CancelTransaction", id=payment, reason=5), -2),
                (payme("CheckTransaction", id=payment), -2),
            ]
            for call, state in calls:
                first = all_equal(await callers.send_to_all(call))
                assert first.word == state
                shared_clock.advance(seconds=1)
                all_equal([first, *await callers.send([call, call])])  # a repeat has the first one's times
    assert await reads("SELECT DISTINCT state FROM orders") == [("refunded",)]
    verbs = Counter(await reads("SELECT verb FROM transitions"))
    assert verbs == {(verb,): PAYMENTS for verb in ("open", "create", "perform", "cancel")}
    assert await reads("SELECT count(*) FROM outbox") == [(3 * PAYMENTS,)]


async def test_equal_calls_of_click_take_the_money_once(callers, opened, reads, second_guard_unneeded):
    accounts = await opened(PAYMENTS)
    async with second_guard_unneeded():
        for number, account in enumerate(accounts, 1):
            prepared = all_equal(await callers.send_to_all(prepare(account, number)))
            assert prepared.word == 0
            replies = await callers.send_to_all(complete(account, number, prepared.json["merchant_prepare_id"]))
            assert Counter(reply.word for reply in replies) == {0: 1, -4: AT_ONCE - 1}
    assert await reads("SELECT DISTINCT state FROM orders") == [("paid",)]
    assert await reads("SELECT count(*) FROM payments WHERE state = 'paid'") == [(PAYMENTS,)]
    assert await reads("SELECT count(*) FROM outbox") == [(2 * PAYMENTS,)]


@pytest.mark.parametrize("key", [None, "key-of-"], ids=["without a key", "with a key"])
async def test_equal_openings_make_one_order(callers, reads, key):
    """There is no row to lock yet: here the unique index is the guard, and the losers run again."""
    for number in range(PAYMENTS // 2):
        headers = {} if key is None else {"Idempotency-Key": f"{key}{number}"}
        replies = await callers.send_to_all(api("/orders", {"account": str(number), "amount": PRICE}, **headers))
        all_equal(replies)
        statuses = Counter(reply.status for reply in replies)
        assert statuses == ({201: 1, 200: AT_ONCE - 1} if key is None else {201: AT_ONCE})
    assert await reads("SELECT count(*), count(DISTINCT account) FROM orders") == [(PAYMENTS // 2,) * 2]
    assert await reads("SELECT count(*) FROM transitions") == [(PAYMENTS // 2,)]


SLOW_INSERTS = """
CREATE FUNCTION take_your_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.002); RETURN new; END';
CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION take_your_time();
"""


async def test_the_same_openings_in_opposite_order_do_not_deadlock(callers, reads, database_errors):
    """Batches of two gateways insert the same new keys: the second waits for the first, never each for the other."""
    for statement in SLOW_INSERTS.strip().splitlines():
        await reads(statement)
    half, rounds = AT_ONCE // 2, 5
    for number in range(rounds):
        calls = [api("/orders", {"account": f"{number}-{n}", "amount": PRICE}) for n in range(half)]
        here_and_there = [call for pair in zip(calls, reversed(calls), strict=True) for call in pair]
        replies = await callers.send(here_and_there)
        assert Counter(reply.status for reply in replies) == {201: half, 200: half}
    assert await reads("SELECT count(*) FROM orders") == [(rounds * half,)]
    assert set(await database_errors()) <= {"lost_race"}, "a deadlock, or a wait as long as one"

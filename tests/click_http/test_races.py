"""Equal and rival calls at once: one effect, whoever is first.

Each race is run on several orders, since the first finds the gateway's connections still closed and is no race.
"""

import asyncio
from collections import Counter

AT_ONCE = 64
ORDERS = ("1001", "1002", "1003", "1004")


async def at_once(calls):
    return Counter(answer["error"] for answer in await asyncio.gather(*calls))


async def test_equal_prepares_at_once_get_one_id(click, shop):
    for account in ORDERS:
        await shop.opens(account)
        form = click.form(account)
        answers = await asyncio.gather(*[click.posts(form) for _ in range(AT_ONCE)])
        assert all(answer == answers[0] for answer in answers)
    assert await shop.states() == [("pending", "reserved")] * len(ORDERS)


async def test_equal_completes_at_once_take_the_money_once(click, shop):
    for account in ORDERS:
        await shop.opens(account)
        prepare_id = (await click.prepares(account))["merchant_prepare_id"]
        completes = [click.completes(prepare_id, account) for _ in range(AT_ONCE)]
        assert await at_once(completes) == {0: 1, -4: AT_ONCE - 1}
    assert await shop.events() == ["payment.created", "payment.paid"] * len(ORDERS)


async def test_equal_failures_at_once_end_the_attempt_once(click, shop):
    for account in ORDERS:
        await shop.opens(account)
        prepare_id = (await click.prepares(account))["merchant_prepare_id"]
        failures = [click.completes(prepare_id, account, error=-5017) for _ in range(AT_ONCE)]
        assert await at_once(failures) == {-9: AT_ONCE}
    assert await shop.events() == ["payment.created", "payment.cancelled"] * len(ORDERS)


async def test_success_and_failure_at_once_have_one_winner(click, shop):
    for account in ORDERS:
        await shop.opens(account)
        prepare_id = (await click.prepares(account))["merchant_prepare_id"]
        answers = await at_once([click.completes(prepare_id, account, error=error) for error in (0, -5017) * 8])
        paid = (await shop.shows(account))["state"] == "paid"
        assert answers == ({0: 1, -4: 7, -9: 8} if paid else {-9: 16})


async def test_rival_payments_at_once_leave_one_attempt_to_pay(click, shop):
    await shop.opens("1001")
    prepared = await asyncio.gather(*[click.prepares("1001") for _ in range(AT_ONCE)])
    prepare_ids = {answer["merchant_prepare_id"] for answer in prepared}
    assert len(prepare_ids) == AT_ONCE
    assert await at_once([click.completes(prepare_id, "1001") for prepare_id in prepare_ids]) == {0: 1, -9: AT_ONCE - 1}


async def test_attempts_of_one_payment_at_once_are_one(click, shop):
    for account in ORDERS:
        await shop.opens(account)
        prepared = await asyncio.gather(*[click.prepares(account, click_paydoc_id=77) for _ in range(AT_ONCE)])
        assert len({answer["merchant_prepare_id"] for answer in prepared}) == 1
    assert await shop.states() == [("pending", "reserved")] * len(ORDERS)

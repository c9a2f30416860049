"""Equal and rival calls at once: R1 to R4, sixty-four at a time, at one gateway and spread over two."""

import asyncio
from collections import Counter
from itertools import cycle

import pytest
from aiohttp.test_utils import TestServer

from gateway.app import build_app
from tests.actors.payme import Payme, creation, new_id
from tests.payme_rpc.calls import A

AT_ONCE = 64


@pytest.fixture(params=[1, 2], ids=["one gateway", "two gateways"])
async def gateways(request, payme, settings, database_url, clock):
    """Where Payme may call, one after the other without end: all have the same database."""
    if request.param == 1:
        yield cycle([payme])
        return
    async with TestServer(await build_app(settings, database_url, clock, clock.of_database)) as second:
        yield cycle([payme, Payme(payme.http, str(second.make_url("/payment/callback/payme")), payme.key)])


async def _at_once(gateways, method, **params):
    return await asyncio.gather(*[next(gateways).says(method, **params) for _ in range(AT_ONCE)])


async def test_equal_creates_at_once_make_one_transaction(gateways, shop, order, now):  # R1
    answers = await _at_once(gateways, "CreateTransaction", **creation(A, now))
    assert answers == [answers[0]] * AT_ONCE
    assert answers[0]["state"] == 1
    assert await shop.transitions() == ["open", "create"]


async def test_rival_creates_at_once_have_one_winner(gateways, shop, order, now):  # R2
    answers = await asyncio.gather(*[next(gateways).creates(new_id(), now) for _ in range(AT_ONCE)])
    assert Counter(answer if isinstance(answer, int) else 1 for answer in answers) == {1: 1, -31053: AT_ONCE - 1}
    assert await shop.states() == [("pending", "reserved")]


async def test_equal_performs_at_once_take_the_money_once(gateways, payme, shop, order, now):  # R4
    await payme.creates(A, now)
    answers = await _at_once(gateways, "PerformTransaction", id=A)
    assert answers == [answers[0]] * AT_ONCE
    assert answers[0]["state"] == 2
    assert await shop.events() == ["payment.created", "payment.paid"]


async def test_equal_cancels_at_once_give_the_money_back_once(gateways, payme, shop, order, now):
    await payme.creates(A, now)
    await payme.performs(A)
    answers = await _at_once(gateways, "CancelTransaction", id=A, reason=5)
    assert answers == [answers[0]] * AT_ONCE
    assert answers[0]["state"] == -2
    assert await shop.transitions() == ["open", "create", "perform", "cancel"]


async def test_perform_and_cancel_at_once_make_one_history(gateways, payme, shop, now):  # R3
    ids = [f"{n}-of-payme" for n in range(AT_ONCE)]
    for account in ids:
        await shop.opens(account, amount=100)
        await payme.creates(account, now, account, 100)
    calls = [(next(gateways).performs(one), next(gateways).cancels(one, 5)) for one in ids]
    answers = await asyncio.gather(*[call for pair in calls for call in pair])
    for performed, cancelled in zip(answers[::2], answers[1::2], strict=True):
        # Performed first and given back, or cancelled first and never performed.
        assert (performed, cancelled["state"]) == (-31008, -1) or (performed["state"], cancelled["state"]) == (2, -2)
    assert set(await shop.states()) <= {("reversed", "refunded"), ("cancelled", "awaiting")}


async def test_everything_at_once_takes_the_money_at_most_once(gateways, payme, shop, order, now):
    ids = [new_id() for _ in range(8)]
    for _ in range(3):
        creates = [next(gateways).creates(one, now) for one in ids]
        performs = [next(gateways).performs(one) for one in ids]
        await asyncio.gather(*creates, *performs)
    await asyncio.gather(*[payme.performs(one) for one in ids])
    assert await shop.states() == [("paid", "paid")]
    assert (await shop.events()).count("payment.paid") == 1

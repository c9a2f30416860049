"""Rivals call for one order at two gateways on one database: there is one effect, whichever comes first.

Two gateways, because in one process the queue would keep rivals apart. Each test was seen to fail with what it is
about taken out of the core; docs/decisions/0005-race-tests-proven-by-removing-guards.md says which.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer

from schema.values import to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme, creation, new_id
from tests.conftest import serving

PRICE = 500_00
TIMES = 25
BUSY, PAID = -31053, -31051


@pytest.fixture
async def other_gateway(settings, database, database_url, clock) -> AsyncIterator[TestServer]:
    async with serving(settings, database_url, clock) as server:
        yield server


@pytest.fixture
def paymes(payme, other_gateway) -> list[Payme]:
    return [payme, Payme(payme.http, str(other_gateway.make_url("/payment/callback/payme")), payme.key)]


@pytest.fixture
def clicks(click, other_gateway) -> list[Click]:
    return [click, click.at(other_gateway.make_url("/payment/callback/click"))]


@pytest.fixture
async def accounts(shop) -> list[str]:
    """Fresh orders, one for each run of a race."""
    accounts = [str(n) for n in range(TIMES)]
    await asyncio.gather(*(shop.opens(account, PRICE) for account in accounts))
    return accounts


async def test_two_payme_ids_for_one_order(paymes, accounts, clock):
    for account in accounts:
        rivals = [creation(new_id(), to_ms(clock()), account, PRICE) for _ in paymes * 2]
        answers = await asyncio.gather(
            *(payme.says("CreateTransaction", **rival) for payme, rival in zip(paymes * 2, rivals, strict=True))
        )
        assert sorted(answer if answer == BUSY else answer["state"] for answer in answers) == [BUSY] * 3 + [1]


async def test_one_payme_id_for_two_orders(paymes, accounts, clock):
    for account, other in zip(accounts[::2], accounts[1::2], strict=False):
        payment, now = new_id(), to_ms(clock())
        answers = await asyncio.gather(
            paymes[0].creates(payment, now, account, PRICE), paymes[1].creates(payment, now, other, PRICE)
        )
        assert sorted(answer if answer == -31008 else answer["state"] for answer in answers) == [-31008, 1]


async def test_sixty_four_equal_callbacks_at_two_gateways(paymes, shop, accounts, clock):
    payment = new_id()
    calls = [
        ("CreateTransaction", creation(payment, to_ms(clock()), accounts[0], PRICE)),
        ("PerformTransaction", {"id": payment}),
        ("CancelTransaction", {"id": payment, "reason": 5}),
    ]
    for method, params in calls:
        answers = await asyncio.gather(*(payme.says(method, **params) for payme in paymes * 32))
        assert all(answer == answers[0] for answer in answers), method
    assert await shop.events() == ["payment.created", "payment.paid", "payment.reversed"]


async def test_perform_against_cancel(paymes, accounts, clock):
    for account in accounts:
        payment = new_id()
        await paymes[0].creates(payment, to_ms(clock()), account, PRICE)
        performed, cancelled = await asyncio.gather(paymes[0].performs(payment), paymes[1].cancels(payment, 5))
        history = (performed if performed == -31008 else performed["state"], cancelled["state"])
        assert history in {(2, -2), (-31008, -1)}
        assert (await paymes[0].looks_at(payment))["state"] == cancelled["state"]


async def test_perform_against_the_sweeper_at_the_twelfth_hour(core, paymes, shop, accounts, clock):
    payments = {account: new_id() for account in accounts}
    for account, payment in payments.items():
        await paymes[0].creates(payment, to_ms(clock()), account, PRICE)
    clock.advance(hours=12, milliseconds=1)
    *answers, _ = await asyncio.gather(
        *(paymes[1].performs(payment) for payment in payments.values()), core.sweeper.sweep()
    )
    assert answers == [-31008] * TIMES
    assert await shop.states() == [("cancelled", "awaiting")] * TIMES
    assert await shop.events() == ["payment.created", "payment.cancelled"] * TIMES


async def test_payme_against_click_before_the_card_is_debited(paymes, clicks, shop, accounts, clock):
    for account in accounts * 8:
        payment = new_id()
        created, prepared = await asyncio.gather(
            paymes[0].creates(payment, to_ms(clock()), account, PRICE), clicks[1].prepares(account)
        )
        won = "payme" if created != BUSY else "click"
        assert prepared["error"] == (-9 if won == "payme" else 0)
        if won == "payme":
            assert (await paymes[1].cancels(payment, 1))["state"] == -1
        else:
            lost = await clicks[0].completes(prepared["merchant_prepare_id"], account, error=-5017)
            assert lost["error"] == -9
    assert set(await shop.states()) == {("cancelled", "awaiting")}


async def test_sixty_four_completes_at_two_gateways_are_one_success(clicks, shop, accounts):
    for account in accounts[:10]:
        prepared = await clicks[0].prepares(account)
        answers = await asyncio.gather(
            *(click.completes(prepared["merchant_prepare_id"], account) for click in clicks * 32)
        )
        assert Counter(answer["error"] for answer in answers) == {0: 1, -4: 63}
    assert await shop.events() == ["payment.created", "payment.paid"] * 10


async def test_a_withdrawal_against_a_payment(paymes, shop, accounts, clock):
    for account in accounts:
        created, closed = await asyncio.gather(
            paymes[1].creates(new_id(), to_ms(clock()), account, PRICE),
            shop.calls("POST", f"/api/v1/orders/{account}/cancel"),
        )
        assert (created if created == PAID else created["state"], closed.status) in {(PAID, 200), (1, 409)}

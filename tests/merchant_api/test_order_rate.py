"""Orders a second: a shop that opens too many is asked to wait, and nobody else is."""

import asyncio
from collections import Counter

import pytest

from merchant_api.order_rate import WINDOW_SECONDS
from schema.values import to_ms
from tests.actors.payme import OK

TEST_TOKEN = "test-mode-token-of-main-0123456789abcdef"
ONE_A_SECOND = pytest.mark.settings(API_ORDERS_A_SECOND="1", PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)
AT_ONCE = 6 * WINDOW_SECONDS
"""More than one a second lets through in any time that this takes."""


async def opens_too_many(shop):
    answers = await asyncio.gather(*[shop.posts(f"{number}", OK) for number in range(AT_ONCE)])
    assert Counter(answer.status for answer in answers).keys() == {201, 429}
    return answers


@ONE_A_SECOND
async def test_some_seconds_orders_may_come_at_once_and_the_rest_has_to_wait(shop):
    answers = await opens_too_many(shop)
    refused = [answer for answer in answers if answer.status == 429]
    assert WINDOW_SECONDS <= AT_ONCE - len(refused) == len(await shop.states())
    assert 1 <= int(refused[-1].headers["Retry-After"]) <= WINDOW_SECONDS
    assert refused[-1].headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert refused[-1].body == {
        "type": "urn:problem-type:tiyin:too_many_orders",
        "title": "The shop opens too many orders a second",
        "status": 429,
        "detail": "The shop opens too many orders a second.",
        "errors": [],
    }


@ONE_A_SECOND
async def test_nothing_else_has_to_wait_for_it(shop, payme, click, clock):
    answers = await opens_too_many(shop)
    assert (await shop.with_token(TEST_TOKEN).posts("1", OK)).status == 201
    opened = [answer.body["account"] for answer in answers if answer.status == 201]
    for account in opened[1:WINDOW_SECONDS]:  # as many as the shop could open
        assert (await payme.creates(f"of {account}", to_ms(clock()), account))["state"] == 1
        assert (await payme.performs(f"of {account}"))["state"] == 2
        assert (await shop.shows(account))["state"] == "paid"
    await click.pays(opened[0], "50000")
    assert len((await shop.lists())["items"]) >= WINDOW_SECONDS


@ONE_A_SECOND
async def test_an_order_that_cannot_be_read_is_not_counted(shop):
    for _ in range(AT_ONCE):
        assert await shop.refused("POST", "/api/v1/orders", {"account": "1001"}) == (422, "invalid")
    assert (await shop.posts("1001", OK)).status == 201


@pytest.fixture
def short_window(monkeypatch):
    monkeypatch.setattr("merchant_api.order_rate.WINDOW_SECONDS", 1)


@ONE_A_SECOND
async def test_what_was_refused_is_opened_later_under_the_same_key(short_window, shop):
    key, order = {"Idempotency-Key": "0f9c2c1e-5f0e"}, {"account": "late", "amount": OK}
    await asyncio.gather(*[shop.posts(f"{number}", OK) for number in range(3)])
    while (answer := await shop.calls("POST", "/api/v1/orders", order, headers=key)).status == 429:
        await asyncio.sleep(0.05)
    assert (answer.status, answer.headers.get("Idempotency-Replayed")) == (201, None)


async def test_unless_it_is_set_thousands_may_come_at_once(settings):
    assert settings.api_orders_a_second * WINDOW_SECONDS == 5_000

"""Idempotency-Key: the same request again gets the first answer again, whatever has happened since."""

import asyncio
from typing import Any

import pytest

from schema.values import to_ms
from tests.actors.payme import Payme
from tests.actors.shop import Answer, Shop
from tests.clock import Clock

ORDERS = "/api/v1/orders"
TOYS = {"account": "1001", "amount": 500_00, "metadata": {"a": 1.5, "b": "ўйинчоқ"}}
KEY = {"Idempotency-Key": "0f9c2c1e-5f0e"}


def kept(answer: Answer) -> tuple[int, str | None, str | None, str]:
    """What must be the same the second time."""
    headers = answer.headers
    return answer.status, headers.get("Location"), headers["Content-Type"], answer.body


async def test_the_same_key_and_body_get_the_same_answer_to_the_byte(shop: Shop):
    first, second = [await shop.asks("POST", ORDERS, TOYS, KEY) for _ in range(2)]
    assert first.status == 201
    assert kept(second) == kept(first)
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, second)] == [None, "true"]


async def test_the_first_answer_stands_although_the_order_has_moved_on(shop: Shop, payme: Payme, clock: Clock):
    first = await shop.asks("POST", ORDERS, TOYS, KEY)
    account = {"order_id": "1001"}
    await payme.says("CreateTransaction", id="5f3a", time=to_ms(clock.now()), amount=500_00, account=account)
    assert kept(await shop.asks("POST", ORDERS, TOYS, KEY)) == kept(first)
    assert (await shop.calls("POST", ORDERS, TOYS)).body["state"] == "reserved"


async def test_another_spacing_and_order_of_fields_is_the_same_body(shop: Shop):
    first = await shop.asks("POST", ORDERS, TOYS, KEY)
    body = '{ "metadata": {"b": "\\u045eйинчоқ", "a": 1.5}, "amount": 50000, "account": "1001" }'.encode()
    assert kept(await shop.asks("POST", ORDERS, headers=KEY, body=body)) == kept(first)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(ORDERS, {**TOYS, "amount": 501_00}, id="another amount"),
        pytest.param(ORDERS, {**TOYS, "account": "1002"}, id="another account"),
        pytest.param(ORDERS, {**TOYS, "metadata": {"a": "1.5", "b": "ўйинчоқ"}}, id="text for a number"),
        pytest.param(ORDERS + "/1001/cancel", {}, id="another path"),
    ],
)
async def test_the_same_key_with_another_request_is_refused(shop: Shop, path: str, body: Any):
    await shop.asks("POST", ORDERS, TOYS, KEY)
    assert await shop.refused("POST", path, body, headers=KEY) == (422, "key_reused")
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("PATCH", ORDERS + "/1001", {"amount": 8}, id="another value"),
        pytest.param("PATCH", ORDERS + "/1001", {"amount": 7, "description": None}, id="another field"),
        pytest.param("PATCH", ORDERS + "/1002", {"amount": 7}, id="another order"),
        pytest.param("POST", ORDERS + "/1001/reopen", {}, id="another path"),
    ],
)
async def test_the_key_of_an_amendment_with_another_request_is_refused(shop: Shop, method: str, path: str, body: Any):
    for account in ("1001", "1002"):
        await shop.opens(account)
    await shop.asks("PATCH", ORDERS + "/1001", {"amount": 7}, KEY)
    assert await shop.refused(method, path, body, headers=KEY) == (422, "key_reused")
    assert [(await shop.shows(account))["amount"] for account in ("1001", "1002")] == [7, 500_00]


async def test_an_amendment_is_repeated_though_the_order_was_paid_meanwhile(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    first = await shop.asks("PATCH", ORDERS + "/1001", {"amount": 7}, KEY)
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 7)
    await payme.performs("5f3a")
    assert kept(await shop.asks("PATCH", ORDERS + "/1001", {"amount": 7}, KEY)) == kept(first)
    assert await shop.refused("PATCH", ORDERS + "/1001", {"amount": 7}) == (409, "order_paid")


async def test_an_amendment_undone_by_another_is_not_made_twice(shop: Shop):
    await shop.opens("1001", 500_00)
    await shop.asks("PATCH", ORDERS + "/1001", {"amount": 7}, KEY)
    await shop.amends("1001", amount=8)
    await shop.asks("PATCH", ORDERS + "/1001", {"amount": 7}, KEY)
    assert (await shop.shows("1001"))["amount"] == 8


async def test_a_release_whose_answer_was_lost_ends_no_newer_attempt(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 500_00)
    clock.advance(minutes=10)
    first = await shop.asks("POST", f"{ORDERS}/1001/release", {}, KEY)
    await payme.creates("5f3b", to_ms(clock.now()), "1001", 500_00)
    clock.advance(minutes=10)
    assert kept(await shop.asks("POST", f"{ORDERS}/1001/release", {}, KEY)) == kept(first)
    assert (await payme.performs("5f3b"))["state"] == 2


async def test_a_refusal_of_the_fields_of_an_amendment_is_kept_too(shop: Shop):
    await shop.opens("1001", 500_00)
    first, second = [await shop.asks("PATCH", ORDERS + "/1001", {"max_amount": 7}, KEY) for _ in range(2)]
    assert first.status == 422
    assert kept(second) == kept(first)


async def test_a_refusal_is_kept_too(shop: Shop):
    await shop.opens("1001", 500_00)
    other = {"account": "1001", "amount": 501_00}
    first, second = [await shop.asks("POST", ORDERS, other, KEY) for _ in range(2)]
    assert first.status == 409
    assert kept(second) == kept(first)
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_a_request_that_could_not_be_read_keeps_nothing(shop: Shop):
    assert await shop.refused("POST", ORDERS, {**TOYS, "amount": 0}, headers=KEY) == (422, "invalid")
    assert (await shop.asks("POST", ORDERS, TOYS, KEY)).status == 201


@pytest.mark.parametrize("verb", ["cancel", "deliver", "release", "reopen"])
async def test_every_post_takes_a_key(shop: Shop, payme: Payme, clock: Clock, verb: str):
    await shop.opens("1001", 500_00)
    if verb == "deliver":
        account = {"order_id": "1001"}
        await payme.says("CreateTransaction", id="5f3a", time=to_ms(clock.now()), amount=500_00, account=account)
        await payme.says("PerformTransaction", id="5f3a")
    first, second = [await shop.asks("POST", f"{ORDERS}/1001/{verb}", body=body, headers=KEY) for body in (b"", b"{}")]
    assert first.status == 200
    assert kept(second) == kept(first)
    assert second.headers["Idempotency-Replayed"] == "true"


async def test_without_a_key_the_same_body_gets_the_order_as_it_stands(shop: Shop, payme: Payme, clock: Clock):
    await shop.opens("1001", 500_00)
    await payme.creates("5f3a", to_ms(clock.now()), "1001", 500_00)
    status, headers, order = await shop.posts("1001", 500_00)
    assert (status, order["state"], headers.get("Idempotency-Replayed")) == (200, "reserved", None)


async def test_twenty_equal_requests_at_once_open_one_order(shop: Shop):
    answers = await asyncio.gather(*[shop.asks("POST", ORDERS, TOYS, KEY) for _ in range(20)])
    assert {kept(answer) for answer in answers} == {kept(answers[0])}
    assert answers[0].status == 201
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
    assert await shop.transitions() == ["open"]


async def test_twenty_rivals_for_one_key_open_one_order(shop: Shop):
    orders = [{**TOYS, "account": str(number)} for number in range(20)]
    answers = await asyncio.gather(*[shop.asks("POST", ORDERS, order, KEY) for order in orders])
    assert sorted(answer.status for answer in answers) == [201] + [422] * 19
    assert await shop.transitions() == ["open"]


@pytest.mark.parametrize("key", ["a", "a" * 255, "a b~!", "'; --"])
async def test_a_key_is_printable_ascii(shop: Shop, key: str):
    assert (await shop.asks("POST", ORDERS, TOYS, {"Idempotency-Key": key})).status == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "ключ", "a\tb"])
async def test_any_other_key_is_refused(shop: Shop, key: str):
    field_error = ("Idempotency-Key", "must be one header of 1-255 printable ASCII characters")
    assert await shop.field_errors(TOYS, headers={"Idempotency-Key": key}) == [field_error]

"""Bugs that other packages for Payme have, each by its class: none of them may be in ours."""

import asyncio
import re
from datetime import timedelta

import pytest

from schema.values import to_ms
from tests.actors.payme import OK, creation, new_id
from tests.conftest import SETTINGS
from tests.payme_rpc.calls import CALLS, A, B

AT_ONCE = 20


async def test_perform_of_a_cancelled_transaction_does_not_pay_the_order(payme, shop, order, now):
    await payme.creates(A, now)
    await payme.cancels(A, reason=3)
    assert await payme.performs(A) == -31008
    assert await shop.states() == [("cancelled", "awaiting")]


async def test_concurrent_performs_make_one_event(payme, shop, order, now):
    await payme.creates(A, now)
    await asyncio.gather(*[payme.performs(A) for _ in range(AT_ONCE)])
    assert (await shop.events()).count("payment.paid") == 1


async def test_two_ids_on_one_order_are_not_both_accepted(payme, shop, now):
    for account in map(str, range(AT_ONCE)):
        await shop.opens(account, amount=OK)
        answers = await asyncio.gather(payme.creates(new_id(), now, account), payme.creates(new_id(), now, account))
        assert -31053 in answers
        assert [answer["state"] for answer in answers if isinstance(answer, dict)] == [1]


async def test_the_same_id_at_once_leaves_one_row_and_a_working_check(payme, shop, order, now):
    answers = await asyncio.gather(*[payme.creates(A, now) for _ in range(4)])
    assert answers == [answers[0]] * 4
    assert await shop.states() == [("pending", "reserved")]
    assert (await payme.looks_at(A))["transaction"] == answers[0]["transaction"]


async def test_payment_and_its_event_are_one_so_no_retry_can_lose_the_goods(payme, shop, order, now):
    await payme.creates(A, now)
    first = await payme.performs(A)
    events = await shop.events()
    assert await payme.performs(A) == first
    assert await shop.events() == events == ["payment.created", "payment.paid"]


@pytest.mark.parametrize(
    ("waited", "answer"),
    [(timedelta(minutes=13), 2), (timedelta(hours=12), 2), (timedelta(hours=12, milliseconds=1), -31008)],
    ids=["thirteen minutes", "twelve hours", "a millisecond more"],
)
async def test_the_twelve_hour_rule_is_there_and_the_right_way_round(payme, order, now, clock, waited, answer):
    await payme.creates(A, now)
    clock.advance(seconds=waited.total_seconds())
    performed = await payme.performs(A)
    assert (performed["state"] if isinstance(performed, dict) else performed) == answer


async def test_a_paid_order_cannot_be_paid_again(payme, click, shop, order, now):
    await payme.creates(A, now)
    await payme.performs(A)
    assert await payme.checks() == -31051
    assert await payme.creates(B, now) == -31051
    assert (await click.prepares("1001", amount="50000"))["error"] == -9
    assert await shop.states() == [("paid", "paid")]


async def test_a_statement_is_by_paymes_time_of_every_state_in_tiyin_oldest_first(payme, shop, now):
    """Under Asia/Tashkent, as all tests are run."""
    await shop.opens("7", kind="accumulative", amount=None)
    await payme.creates(A, now - 1000, "7", 12_345)
    await payme.creates(B, now - 5000, "7", 67_890)
    await payme.cancels(A, reason=3)
    lines = (await payme.says("GetStatement", from_=now - 5000, to=now - 1000))["transactions"]
    assert [(line["id"], line["time"], line["amount"], line["state"]) for line in lines] == [
        (B, now - 5000, 67_890, 1),
        (A, now - 1000, 12_345, -1),
    ]


@pytest.mark.parametrize("amount", [1999, 2**31 + 1, 2**53 - 1, 1, 33_333_333])
async def test_money_is_exact_to_the_tiyin(payme, shop, now, amount):
    await shop.opens("1001", amount=amount)
    assert [await payme.checks(amount=amount + off) for off in (-99, -1, 1, 99)] == [-31001] * 4
    await payme.creates(A, now, amount=amount)
    (line,) = (await payme.says("GetStatement", from_=now, to=now))["transactions"]
    assert line["amount"] == amount


@pytest.mark.settings(PAYME_KEY="key:with:colons:0123456789")
@pytest.mark.parametrize(
    ("login", "key", "opens"),
    [
        ("Paycom", "key:with:colons:0123456789", True),
        ("Paycom", "", False),
        ("", "", False),
        ("", "key:with:colons:0123456789", False),
        ("Anybody", "key:with:colons:0123456789", False),
        ("Paycom", "0123456789", False),
        ("Paycom", "key", False),
    ],
)
async def test_login_and_key_are_compared_whole(payme, order, login, key, opens):
    assert await payme.with_key(key, login).checks() == ({"allow": True} if opens else -32504)


async def test_an_error_leaks_neither_the_amount_nor_an_exception(payme, order, now):
    answers = [
        await payme.answers("CheckPerformTransaction", amount=OK + 1, account={"order_id": "1001"}),
        await payme.answers("CreateTransaction", **creation(A, now, amount=1)),
        await payme.answers("CreateTransaction", id=5),
        await payme.answers("PerformTransaction", id=A, extra=1),
    ]
    for answer in answers:
        assert not re.search(rf"{OK}|Error|Traceback|pydantic|sql|Exception", str(answer["error"] | {"code": 0}))
        assert answer["error"].keys() <= {"code", "message", "data"}


async def test_a_repeat_answers_the_same_time_to_the_millisecond(payme, order, clock):
    clock.advance(milliseconds=999 - to_ms(clock.now()) % 1000)  # the last millisecond of a second
    time = to_ms(clock.now())
    first = await payme.creates(A, time)
    clock.advance(milliseconds=700)
    assert await payme.creates(A, time) == first
    assert (await payme.looks_at(A))["create_time"] == first["create_time"] == time


async def test_a_repeated_cancel_rewrites_neither_state_nor_reason_nor_time(payme, order, now, clock):
    await payme.creates(A, now)
    await payme.performs(A)
    first = await payme.cancels(A, reason=5)
    clock.advance(seconds=5)
    assert await payme.cancels(A, reason=3) == first
    looked = await payme.looks_at(A)
    assert (looked["state"], looked["reason"], looked["cancel_time"]) == (-2, 5, first["cancel_time"])


ODD = ["not-a-number", "9" * 5000, "x" * 300, "1e5", "٣٤", "00001001", 10**40, "2147483648"]


@pytest.mark.parametrize("account", ODD, ids=lambda account: str(account)[:20])
@pytest.mark.parametrize("method", ["CheckPerformTransaction", "CreateTransaction"])
async def test_an_odd_account_is_an_unknown_order_and_no_crash(payme, order, now, method, account):
    assert await payme.says(method, **creation(A, now) | {"account": {"order_id": account}}) == -31050


@pytest.mark.parametrize("method", CALLS)
async def test_an_odd_id_is_an_unknown_transaction_and_no_crash(payme, order, method):
    assert await payme.says(method, **CALLS[method] | {"id": "x" * 65}) in (
        -32600,
        {"allow": True},  # it has no id
        {"transactions": []},
    )


async def test_no_secret_is_in_the_journal(payme, order, now, gateway, database):
    await payme.creates(A, now)
    await payme.says("ChangePassword", password="the-new-key-0123456789")
    await gateway.close()  # which writes what is left
    async with database.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM exchanges")).all()
    kept = str(rows)
    assert len(rows) >= 2
    secrets = SETTINGS["PAYME_KEY"], payme.credentials["Authorization"], "the-new-key"
    assert not any(secret in kept for secret in secrets)

"""What Payme reconciles with: S1 to S7 (Payme, "GetStatement"), and statements too long for one answer."""

import asyncio
import json

import aiohttp
import pytest
from sqlalchemy import text

from tests.actors.payme import OK
from tests.payme_rpc.calls import A, B, C
from tests.payme_rpc.many_payments import BALANCE, has_many


async def _ids(payme, since, until):
    statement = await payme.says("GetStatement", from_=since, to=until)
    assert statement.keys() == {"transactions"}
    return [line["id"] for line in statement["transactions"]]


@pytest.fixture
async def balance(shop):
    """An account that many transactions can be of."""
    await shop.opens(BALANCE, kind="accumulative", amount=None)
    return BALANCE


async def test_both_ends_are_inside(payme, order, now):  # S1, S2
    await payme.creates(A, now)
    assert await _ids(payme, now, now) == [A]
    assert await _ids(payme, now - 5, now - 1) == []
    assert await _ids(payme, now + 1, now + 5) == []


async def test_the_order_is_paymes_time_not_ours(payme, balance, now):  # S3
    for one, moment in ((A, now - 10), (B, now - 30), (C, now - 20)):
        await payme.creates(one, moment, balance)
    assert await _ids(payme, now - 30, now) == [B, C, A]


async def test_every_state_is_in_the_statement(payme, balance, now):  # S4
    for one in (A, B, C):
        await payme.creates(one, now, balance)
    await payme.cancels(A, reason=3)
    await payme.performs(B)
    await payme.cancels(B, reason=5)
    await payme.performs(C)
    lines = (await payme.says("GetStatement", from_=now, to=now))["transactions"]
    assert [(line["id"], line["state"], line["reason"]) for line in lines] == [(A, -1, 3), (B, -2, 5), (C, 2, None)]


async def test_what_was_refused_is_not_in_the_statement(payme, order, now):  # S5
    await payme.creates(A, now, amount=OK + 1)
    await payme.creates(B, now, "nope")
    assert await _ids(payme, 0, now * 2) == []


EMPTY = [(5, 6), (10, 1), (0, 0), (-(10**30), -1), (10**30, -(10**30)), (10**15, 10**20)]


@pytest.mark.parametrize(("since", "until"), EMPTY)
async def test_an_empty_window_is_an_empty_list(payme, order, now, since, until):  # S6
    await payme.creates(A, now)
    assert await payme.says("GetStatement", from_=since, to=until) == {"transactions": []}


async def test_any_integer_is_a_moment(payme, order, now):
    await payme.creates(A, now)
    assert await _ids(payme, -(10**30), 10**30) == [A]


async def test_a_line_is_whole(payme, order, now, clock):  # S7
    created = await payme.creates(A, now - 7)
    line = {
        "id": A,
        "time": now - 7,
        "amount": OK,
        "account": {"order_id": "1001"},
        "create_time": now,
        "perform_time": 0,
        "cancel_time": 0,
        "transaction": created["transaction"],
        "state": 1,
        "reason": None,
        "receivers": None,
    }
    assert await payme.says("GetStatement", from_=0, to=now) == {"transactions": [line]}
    clock.advance(seconds=1)
    await payme.performs(A)
    clock.advance(seconds=1)
    await payme.cancels(A, reason=5)
    line |= {"perform_time": now + 1000, "cancel_time": now + 2000, "state": -2, "reason": 5}
    assert await payme.says("GetStatement", from_=0, to=now) == {"transactions": [line]}


async def test_another_providers_payments_are_not_in_the_statement(payme, click, order, now):
    await click.pays("1001", amount="50000")
    assert await _ids(payme, 0, now * 2) == []


@pytest.mark.parametrize("many", [999, 1000, 1001, 2000, 4321])
async def test_a_statement_of_any_length_is_whole(payme, database, balance, now, many):
    await has_many(database, now, many)
    assert await _ids(payme, now - 1000, now + many) == [f"many-{n}" for n in range(many)]


async def test_a_long_statement_can_be_sent_to_several_at_once(payme, database, balance, now):
    await has_many(database, now, 3000)
    statements = await asyncio.gather(*[_ids(payme, now - 1000, now + 3000) for _ in range(6)])
    assert {len(ids) for ids in statements} == {3000}


async def test_of_a_long_statement_the_journal_keeps_the_length(payme, database, balance, now, journal_rows):
    await has_many(database, now, 2500)
    await _ids(payme, now - 1000, now + 2500)
    kept = [(row.method, row.code, row.answer) for row in await journal_rows(2)]
    assert kept[1:] == [("GetStatement", "0", '{"transactions": 2500}')]


END_REPORTS = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE '%ORDER BY payments.provider_time, payments.id%' AND pid <> pg_backend_pid()
""")


async def test_a_statement_that_is_aborted_does_not_look_whole(gateway, payme, database, balance, now):
    await has_many(database, now, 60_000)
    body = json.dumps({"method": "GetStatement", "params": {"from": now - 1000, "to": now + 60_000}, "id": 1})
    async with payme.http.post(payme.url, data=body, headers=payme.credentials) as response:
        beginning = await response.content.read(1000)  # and no more: the gateway has to wait for its reader
        async with database.connect() as connection, asyncio.timeout(30):
            while not (await connection.execute(END_REPORTS)).all():
                await asyncio.sleep(0.05)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.content.read()
    assert beginning.startswith(b'{"jsonrpc":"2.0","id":1,"result":{"transactions":[{"id":"many-0"')
    assert (await payme.says("CheckTransaction", id="many-0"))["state"] == 1  # and the gateway goes on

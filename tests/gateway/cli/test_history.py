"""He paid, order 1001: one command tells what became of it, in plain lines that no terminal acts upon."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import wall_clock
from schema.values import to_ms
from tests.actors.payme import OK
from tests.gateway.conftest import Types

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"

MOMENT = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+\d\d:\d\d  ")
VARYING = re.compile(r"payment \d+|\d+ ms")


@pytest.fixture
def history(types: Types):
    """Its lines: the head, and the entries without moments, our numbers and durations."""

    async def told(account="1001", *options, **names):
        status, said, wrong = await asyncio.to_thread(types, "order", "history", account, *options, **names)
        assert (status, wrong) == (0, "")
        head, *lines = said.splitlines()
        return head, [VARYING.sub(lambda word: re.sub(r"\d+", "N", word[0]), MOMENT.sub("", line)) for line in lines]

    return told


async def test_he_paid_order_1001(payme, click, shop, later, clock, history, journal_rows):
    await later(shop.opens("1001", OK))
    await later(payme.checks("1001", OK + 1))
    await later(payme.creates("5f3a", to_ms(clock.now())))
    await later(click.prepares("1001", "50000"))
    await later(payme.with_key("wrong").performs("5f3a"))
    await later(payme.performs("5f3a"))
    await later(shop.delivers("1001"))
    await later(shop.shows("1001"))
    await later(payme.cancels("5f3a", 5))
    await journal_rows(9)
    head, lines = await history()
    assert head == "Order 1001 of shop main: paid, 50,000.00 so'm"
    assert lines == [
        "call    api POST orders: 201, N ms, from 127.0.0.1",
        "change  order opened by shop: order awaiting",
        "call    payme CheckPerformTransaction: -31001, wrong amount, N ms, from 127.0.0.1",
        "call    payme CreateTransaction: 0, payment N, N ms, from 127.0.0.1",
        "change  payment N (payme 5f3a, 50,000.00 so'm) opened by payme: payment pending, order awaiting → reserved",
        "call    click Prepare: -9, order busy, N ms, from 127.0.0.1",
        "call    payme PerformTransaction: -32504, payment N, N ms, from 127.0.0.1",
        "call    payme PerformTransaction: 0, payment N, N ms, from 127.0.0.1",
        "change  payment N (payme 5f3a, 50,000.00 so'm) paid by payme: payment pending → paid, order reserved → paid",
        "call    api POST deliver: 200, N ms, from 127.0.0.1",
        "change  order delivered by shop: order paid",
        "call    payme CancelTransaction: -31007, order delivered, payment N, N ms, from 127.0.0.1",
    ]


async def test_what_was_given_back_is_told_with_its_reason(payme, shop, later, clock, history, journal_rows):
    await later(shop.opens("1001", OK))
    await later(payme.creates("5f3a", to_ms(clock.now())))
    await later(payme.performs("5f3a"))
    await later(payme.cancels("5f3a", 5))
    await journal_rows(4)
    head, lines = await history()
    assert head == "Order 1001 of shop main: refunded, 50,000.00 so'm"
    assert lines[-1] == (
        "change  payment N (payme 5f3a, 50,000.00 so'm) given back (reason 5) by payme:"
        " payment paid → reversed, order paid → refunded"
    )


async def test_the_reason_is_told_of_what_ended_the_payment_for_good(click, shop, later, history, journal_rows):
    await later(shop.opens("1001", OK))
    first = await later(click.prepares("1001", "50000"))
    await later(click.prepares("1001", "50000"))
    await later(click.completes(first["merchant_prepare_id"], "1001", "50000", error=-5017))
    await journal_rows(4)
    ends = [line.split(") ", 1)[1] for line in (await history())[1] if " ended " in line]
    assert ends == [
        "ended by clock: payment pending → cancelled, order reserved → awaiting",
        "ended (reason -5017) by click: payment cancelled, order reserved",
    ]


@pytest.mark.settings(PAYME_SANDBOX="1", API_TEST_TOKEN=TEST_TOKEN)
async def test_a_call_with_the_other_modes_key_is_told(payme, shop, types, later, history, journal_rows):
    await later(shop.with_token(TEST_TOKEN).opens("1001", OK))
    await later(payme.checks("1001", OK))
    await journal_rows(2)
    _, lines = await history("1001", "--test")
    assert lines[-1] == (
        "call    payme CheckPerformTransaction: -31050, order not found, in live mode (without --test), N ms,"
        " from 127.0.0.1"
    )
    said = await asyncio.to_thread(types, "order", "history", "1001")
    assert said == (1, "", "There is no order '1001' in shop main. There is one in test mode (--test).\n")
    await later(shop.opens("1001", OK))
    await journal_rows(3)
    assert len((await history("1001", "--test"))[1]) == 2  # the call was about the other order
    assert len((await history("1001"))[1]) == 3


async def test_bodies_are_shown_indented_under_their_calls(payme, shop, history, journal_rows):
    await shop.opens("1001", OK)
    params = '"params": {"amount": 1, "account": {"order_id": "1001"}}}'
    await payme.sends('{"method": "CheckPerformTransaction",\n' + params)
    await journal_rows(2)
    _, lines = await history("1001", "--bodies")
    first = lines.index('    request: {"method": "CheckPerformTransaction",')
    assert lines[first + 1] == f"    {params}"
    assert lines[first + 2].startswith('    answer: {"jsonrpc":"2.0","id":null,"error":{"code":-31001,')
    assert not any("request:" in line for line in (await history())[1])


async def test_hostile_texts_reach_no_terminal(payme, click, shop, database, history, journal_rows):
    account = "1001\u202e\u2066 [red]"  # a text that an account may be, as things are
    await shop.opens(account, OK)
    hostile = "\x1b]0;title\x07\x1b[31m\u202e\r2026-01-01 00:00:00.000+00:00  change  order paid\x9b1m \u2028"
    await click.posts(click.form(account, action="\x1b[2J", note=hostile))
    await payme.says("CheckPerformTransaction", amount=1, account={"order_id": account, "note": hostile})
    await payme.sends(f'{{"method":"\\u001b[31m","params":{{"account":{{"order_id":"{account}"}}}},"x":1}}')
    await journal_rows(4)
    async with database.connect() as connection:
        await connection.execute(
            text("""
                INSERT INTO exchanges (
                    at, interface, shop, method, code, about, request, answer, correlation_id, microseconds)
                VALUES (now(), 'api', 'main', :hostile, '0', :account, :hostile, :hostile, 'x', 1)
            """),
            {"hostile": hostile, "account": account},
        )
    head, lines = await history(account, "--bodies")
    assert head == "Order 1001\\u202e\\u2066 [red] of shop main: awaiting, 50,000.00 so'm"
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("change  order paid") for line in lines)
    assert any("call    click \\x1b[2J: -3" in line for line in lines)


async def test_no_line_is_cut_or_wrapped_in_a_narrow_terminal(shop, history, journal_rows):
    account = "x" * 255
    await shop.opens(account, OK)
    await journal_rows(1)
    head, lines = await history(account, COLUMNS="20")
    assert head == f"Order {account} of shop main: awaiting, 50,000.00 so'm"
    assert len(lines) == 2


async def test_moments_have_milliseconds_and_an_offset(shop, types, journal_rows):
    await shop.opens("1001")
    await journal_rows(1)
    _, said, _ = await asyncio.to_thread(types, "order", "history", "1001")
    assert all(MOMENT.match(line) for line in said.splitlines()[1:])


@pytest.mark.settings(API_TEST_TOKEN=TEST_TOKEN)
async def test_test_mode_has_a_history_of_its_own(shop, payme, history, journal_rows):
    await shop.opens("1001", OK)
    await shop.with_token(TEST_TOKEN).opens("1001", 5)
    await payme.checks("1001")
    await journal_rows(3)
    head, lines = await history("1001", "--test")
    assert head == "Order 1001 of shop main (test mode): awaiting, 0.05 so'm"
    assert lines == [
        "call    api POST orders: 201, N ms, from 127.0.0.1",
        "change  order opened by shop: order awaiting",
    ]


def test_an_order_that_is_not_there_is_a_sentence(types: Types) -> None:
    assert types("order", "history", "a\x1bb") == (1, "", "There is no order 'a\\x1bb' in shop main.\n")
    said = types("order", "history", "1001", "--test")[2]
    assert said == "There is no order '1001' in shop main (test mode).\n"
    assert types("order", "history", "1001", "--shop", "toys")[2].startswith("There is no shop 'toys'")


def test_an_order_that_nobody_called_about_has_its_changes(types: Types) -> None:
    types("order", "add", "b-1", "--balance")
    status, said, _ = types("order", "history", "b-1")
    head, change = said.splitlines()
    assert (status, head) == (0, "Order b-1 of shop main: awaiting, any amount")
    assert change.endswith("  change  order opened by shop: order awaiting")


async def test_an_order_older_than_the_journal_is_said_to_be(shop, clock, history, journal_rows):
    clock.stands_at(wall_clock() - timedelta(days=8))
    await shop.opens("1001")
    await journal_rows(1)
    gone = r"Calls are kept for EXCHANGES_KEEP_DAYS \(7\): those from before \d.* are gone\."
    assert re.fullmatch(gone, (await history(EXCHANGES_KEEP_DAYS="7"))[1][0])
    assert (await history(EXCHANGES_KEEP_DAYS="9"))[1][0].startswith("call ")


async def test_that_older_entries_are_left_out_is_said(shop, payme, database, history, journal_rows):
    await shop.opens("b-1", amount=None, kind="accumulative")
    for number in range(200):
        await shop.amends("b-1", min_amount=number + 1)
    await journal_rows(201)
    _, lines = await history("b-1")
    assert lines[:2] == [
        "Older changes are left out: these are the newest 200. See --limit.",
        "Older calls are left out: these are the newest 200. See --limit.",
    ]
    assert len(lines) == 2 + 200 + 200
    assert len((await history("b-1", "--limit", "300"))[1]) == 201 + 201

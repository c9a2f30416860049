"""Card numbers that a payer wrote where an order's number belongs: kept nowhere but in the order itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.observability import logs
from gateway.observability.masking import is_card, without_cards
from schema.values import to_ms
from tests.actors.payme import OK

CARD, KEPT = "8600069195406311", "8600********6311"

CARDS = [
    pytest.param(CARD, KEPT, id="Uzcard"),
    pytest.param("9860010000000009", "9860********0009", id="Humo"),
    pytest.param("4111111111111111", "4111********1111", id="Visa"),
    pytest.param("5555555555554444", "5555********4444", id="Mastercard"),
    pytest.param("2200000000000004", "2200********0004", id="Mir"),
    pytest.param("8600 0691 9540 6311", KEPT, id="in fours"),
    pytest.param("8600-0691-9540-6311", KEPT, id="with dashes"),
    pytest.param("merchant_trans_id=8600+0691+9540+6311&a=1", f"merchant_trans_id={KEPT}&a=1", id="in a form"),
    pytest.param("/pay/8600%200691%209540%206311", f"/pay/{KEPT}", id="in a path"),
    pytest.param(f'{{"order_id":"{CARD}","amount":5}}', f'{{"order_id":"{KEPT}","amount":5}}', id="in JSON"),
    pytest.param(f"{CARD} {CARD}", f"{KEPT} {KEPT}", id="two"),
]

OTHERS = [
    "8600069195406312",
    "1777777777777",
    "5f3a86000691954063115f3a",
    f"{CARD}7",
    "0b9e4111-1111-4111-8111-111111111111",
    '{"time":1794564930123,"amount":5000000,"id":"587f72c72cac0d162c722ae2"}',
    "2026-11-22 10:15:30.8600069195406311",
    f"a{CARD}",
    f"{CARD}a",
]


@pytest.mark.parametrize(("text", "kept"), CARDS)
def test_a_card_number_is_masked(text, kept):
    assert without_cards(text) == kept


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_are_left(text):
    assert without_cards(text) == text


@given(st.text(alphabet="0123456789", min_size=15, max_size=15), st.sampled_from(["", "8600"]))
def test_it_goes_by_the_first_four_digits(digits, first_four):
    digits = first_four + digits[len(first_four) :]
    (number,) = (digits + last for last in "0123456789" if is_card(digits + last))
    of_a_card = number[0] in "234569" or number.startswith("8600")
    assert without_cards(number) == (f"{number[:4]}********{number[-4:]}" if of_a_card else number)


@given(st.text(alphabet="0123456789", min_size=15, max_size=15))
def test_one_of_ten_last_digits_makes_a_card(digits):
    assert sum(is_card(digits + last) for last in "0123456789") == 1


@given(st.text())
def test_nothing_else_is_changed(text):
    assert without_cards(text) == text or any(char.isdigit() for char in text)


async def test_it_reaches_neither_journal_nor_log(payme, click, shop, http, gateway, clock, journal_rows):
    written = bytearray()
    logs.configure("debug", out=written.extend)
    await shop.opens(CARD, OK)
    await payme.creates("5f3a", to_ms(clock.now()), account=CARD)
    assert (await click.prepares(CARD))["merchant_trans_id"] == CARD  # Click hears what it said
    assert (await shop.shows(CARD))["account"] == CARD  # and so does the shop
    await http.get(gateway.make_url(f"/pay/{CARD}"))
    logs.close()
    rows = repr(await journal_rows(4))
    assert (CARD in rows, rows.count(KEPT) >= 4) == (False, True)
    assert (CARD.encode() in written, written.count(KEPT.encode()) >= 3) == (False, True)
    assert {json.loads(line).get("account", KEPT) for line in written.splitlines()} == {KEPT}

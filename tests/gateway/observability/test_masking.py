"""Card numbers that a payer wrote where an order's number belongs: kept nowhere but in the order itself."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.observability import logs
from gateway.observability.card_numbers import ISSUERS, is_card
from gateway.observability.masking import MASK, without_cards
from schema.values import to_ms
from tests.actors.payme import OK

CARD, KEPT = "8600069195406311", "8600********6311"
FOURS = ["8600", "0691", "9540", "6311"]
ARABIC = "".join(chr(0x660 + int(digit)) for digit in CARD)
WIDE = "".join(chr(0xFF10 + int(digit)) for digit in CARD)
BOLD = "".join(chr(0x1D7CE + int(digit)) for digit in CARD)

CARDS = [
    pytest.param(CARD, KEPT, id="Uzcard"),
    pytest.param("9860010000000009", "9860********0009", id="Humo"),
    pytest.param("4111111111111111", "4111********1111", id="Visa"),
    pytest.param("4222222222222", "4222********2222", id="Visa of thirteen"),
    pytest.param("5555555555554444", "5555********4444", id="Mastercard"),
    pytest.param("2223003122003222", "2223********3222", id="Mastercard of the new range"),
    pytest.param("2200000000000004", "2200********0004", id="Mir"),
    pytest.param("378282246310005", "3782********0005", id="American Express"),
    pytest.param("3782 822463 10005", "3782********0005", id="American Express in its groups"),
    pytest.param("30569309025904", "3056********5904", id="Diners"),
    pytest.param("3530111333300000", "3530********0000", id="JCB"),
    pytest.param("6200000000000000000", "6200********0000", id="UnionPay"),
    pytest.param("merchant_trans_id=8600+0691+9540+6311&a=1", f"merchant_trans_id={KEPT}&a=1", id="in a form"),
    pytest.param(f'{{"order_id":"{CARD}","amount":5}}', f'{{"order_id":"{KEPT}","amount":5}}', id="in JSON"),
    pytest.param(f'{{"order_id":{CARD},"amount":5}}', f'{{"order_id":{KEPT},"amount":5}}', id="a number in JSON"),
    pytest.param(f"{CARD} 5555555555554444", f"{KEPT} 5555********4444", id="two"),
    pytest.param(f"{CARD}9860010000000009", "8600********6311********0009", id="two glued together"),
    pytest.param(f"card{CARD}x", f"card{KEPT}x", id="glued to words"),
    pytest.param(f"Заказ{CARD}сум", f"Заказ{KEPT}сум", id="glued to Russian words"),
    pytest.param(f"7{CARD}", f"7{KEPT}", id="glued to a digit before"),
    pytest.param(f"{CARD}7", f"{KEPT}7", id="glued to a digit behind"),
    pytest.param("12 8600 0691 9540 6311 7", "12 8600********6311 7", id="among other numbers"),
    pytest.param("12" + " ".join(FOURS) + "7", "128600********63117", id="in fours, glued to digits"),
    pytest.param("2026-11-22 10:15:30.8600069195406311", f"2026-11-22 10:15:30.{KEPT}", id="behind a time"),
    pytest.param(
        f'{{"time":1732924000000,"id":"{CARD}"}}', f'{{"time":1732924000000,"id":"{KEPT}"}}', id="after a time"
    ),
    pytest.param(r'{"a":"8600\u0030691 9540\u00a06311"}', '{"a":"8600********6311"}', id="escaped in JSON"),
    pytest.param(r'{"a":"\uff18600 0691\n9540\t6311"}', r'{"a":"\uff18600********6311"}', id="escaped signs"),
    pytest.param(r"8600\ud835\udfce691 9540 6311", KEPT, id="an escaped pair"),
    pytest.param("a=86%30006919540%36311&b", "a=86%300********%36311&b", id="escaped in a form"),
    pytest.param("a=8600%C2%A00691%E2%80%939540%206311&b", f"a={KEPT}&b", id="escaped separators"),
    pytest.param("a=%38600%2530691%25209540%206311&b", "a=%38600********6311&b", id="escaped twice"),
    pytest.param("a=" + quote(WIDE), f"a={quote(WIDE[:4])}{MASK}{quote(WIDE[-4:])}", id="escaped and wide"),
    pytest.param("%B8600069195406311^NAME", f"%B{KEPT}^NAME", id="as on a magnetic strip"),
    pytest.param("50%8600069195406311", f"50%{KEPT}", id="behind a percent sign"),
    pytest.param("a=%4111111111111111&b=%C2%A0", "a=%4111********1111&b=%C2%A0", id="like an escape"),
    pytest.param("8600⓪691 9540 6311", KEPT, id="a digit in a circle"),
    pytest.param("5⑩5105105105100", "5⑩5********5100", id="two digits in one circle"),
    pytest.param(ARABIC, ARABIC[:4] + MASK + ARABIC[-4:], id="Arabic digits"),
    pytest.param(WIDE, WIDE[:4] + MASK + WIDE[-4:], id="wide digits"),
    pytest.param(BOLD, BOLD[:4] + MASK + BOLD[-4:], id="bold digits"),
]

SEPARATORS = [
    *(" ", "  ", "-", ".", "_", "/", ",", ":", ";", "|", "*", "+", "'", "\t", "\n", "\r\n", "\0", "\x1b"),
    *("\xa0", "\xad", "\xb7", "\u2003", "\u2009", "\u200b", "\u200d", "\u200e", "\u2010", "\u2011", "\u2012", "\u2013"),
    *(
        "\u2014",
        "\u2022",
        "\u202f",
        "\u2060",
        "\u2212",
        "\u3000",
        "\ufe0f",
        "\ufeff",
        "\u0301",
        "\U0001f4b3",
        "\U000e0001",
    ),
]

OTHERS = [
    "8600069195406312",
    "1777777777777",
    "1764446399000",
    "20261129203300",
    "2026112900000017",
    "0000000000000000",
    "+998 90 123 45 67",
    "5f3a8600069195f06311",
    '{"time":1794564930123,"amount":5000000,"id":"587f72c72cac0d162c722ae2"}',
    '{"a":"86000691","b":"95406311"}',
    '["86000691","95406311"]',
    "a=86000691&b=95406311",
    "a=86000691%26b=95406311",
    "8600 0691 заказ 9540 6311",
    r'{"a":"So\u2018rov 8600069195406312"}',
    "100%",
    "\\",
]


@pytest.mark.parametrize(("text", "kept"), CARDS)
def test_a_card_number_is_masked(text, kept):
    assert without_cards(text) == kept


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_whatever_separates_its_digits(separator):
    assert without_cards(separator.join(FOURS)) == KEPT
    assert without_cards(separator.join(CARD)) == f"{separator.join('8600')}{MASK}{separator.join('6311')}"
    assert without_cards(json.dumps(separator.join(FOURS))) == f'"{KEPT}"'
    assert without_cards(quote(separator.join(FOURS), safe="")) == KEPT


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_are_left(text):
    assert without_cards(text) == text


@given(st.sampled_from([(length, issuer) for length in ISSUERS for issuer in ISSUERS[length]]), st.data())
def test_every_issuers_numbers_are_masked(kind, data):
    length, issuer = kind
    digits = issuer + data.draw(st.text("0123456789", min_size=length, max_size=length))
    (number,) = (digits[: length - 1] + last for last in "0123456789" if is_card(digits[: length - 1] + last))
    masked = f"{number[:4]}{MASK}{number[-4:]}"
    assert [without_cards(number), without_cards(f"x {number} y")] == [masked, f"x {masked} y"]


@given(st.text("0123456789", min_size=12, max_size=18), st.sampled_from("017"))
def test_a_number_that_no_issuer_gives_is_left(digits, first):
    number = first + digits
    if not any(is_card(number[n : n + length]) for length in ISSUERS for n in range(len(number))):
        assert without_cards(number) == number


@given(st.text())
def test_nothing_else_is_changed(text):
    assert without_cards(text) == text or any(char.isdigit() for char in text)


@given(st.text('869015 -%\\u3\x80Ж⑩"&', max_size=60))
def test_nothing_is_masked_twice(text):
    masked = without_cards(text)
    assert without_cards(masked) == masked


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

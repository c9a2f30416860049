"""So'm in decimal text against whole tiyin: exact, or refused (Click, "SHOP API", amount)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from click_http.amounts import som, tiyin
from schema.values import MAX_AMOUNT, NO_AMOUNT, Tiyin

AMOUNTS = st.integers(0, MAX_AMOUNT).map(Tiyin)


@given(AMOUNTS)
def test_what_is_written_is_read_back(amount):
    assert tiyin(som(amount)) == amount


@given(AMOUNTS, st.integers(0, 6))
def test_further_zeros_change_nothing(amount, zeros):
    assert tiyin(som(amount) + "0" * zeros) == amount


@given(AMOUNTS, st.integers(1, 999_999))
def test_a_part_of_a_tiyin_is_never_rounded_away(amount, part):
    assert tiyin(f"{som(amount)}{part:06d}") == NO_AMOUNT


@given(st.text())
def test_any_text_is_an_amount_or_none(text):
    amount = tiyin(text)
    assert amount == NO_AMOUNT or Decimal(text) * 100 == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("0.01", 1),
        ("19.99", 1_999),
        ("1000", 100_000),
        ("33139.73", 3_313_973),
        ("90071992547409.91", MAX_AMOUNT),
    ],
)
def test_som_become_tiyin(text, amount):
    assert tiyin(text) == amount


UNREADABLE = {
    "no number at all": ["", " ", "abc", "1000 UZS", "0x3e8", "1 000", "1,000", "1_000", "1000,00", "１０００", "٣"],
    "not finite": ["NaN", "sNaN", "Infinity", "-Infinity"],
    "with an exponent": ["1e3", "1E3", "1000e0", "1e999999999"],
    "signed": ["-1000", "+1000", "-0"],
    "half written": [".5", "1000.", "."],
    "with leading zeros": ["01000", "000"],
    "with space around": [" 1000", "1000\n"],
    "with a part of a tiyin": ["1000.005", "0.001"],
    "endless": ["9" * 5_000, "1." + "0" * 5_000],
}


@pytest.mark.parametrize("texts", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_amount(texts):
    assert {text: tiyin(text) for text in texts} == dict.fromkeys(texts, NO_AMOUNT)


@pytest.mark.parametrize(
    ("price", "amount", "error"),
    [
        pytest.param(100_000, "1000", 0, id="G5 1000"),
        pytest.param(100_000, "1000.0", 0, id="G5 1000.0"),
        pytest.param(100_000, "1000.00", 0, id="G5 1000.00"),
        pytest.param(3_313_973, "33139.73", 0, id="G6"),
        pytest.param(100_000, "999.99", -2, id="G7 less"),
        pytest.param(100_000, "1000.01", -2, id="G7 more"),
        pytest.param(100_000, "1000.005", -2, id="G7 between"),
        pytest.param(100_000, "NaN", -2, id="G8 NaN"),
        pytest.param(100_000, "1e3", -2, id="G8 exponent"),
        pytest.param(100_000, "-1000", -2, id="G8 negative"),
        pytest.param(100_000, "тысяча", -2, id="G8 no number"),
        pytest.param(100_000, "", -2, id="G8 empty"),
        pytest.param(100_000, "9" * 5_000, -2, id="G8 endless"),
    ],
)
async def test_the_order_wants_exactly_its_amount(click, shop, price, amount, error):
    await shop.opens("1001", amount=price)
    assert (await click.prepares("1001", amount=amount))["error"] == error


@pytest.mark.parametrize("amount", ["499", "1000.005", "NaN", "-500", ""], ids=str)
async def test_complete_with_another_amount_takes_nothing(click, shop, amount):
    await shop.opens("1001")
    prepared = await click.prepares("1001")
    assert (await click.completes(prepared["merchant_prepare_id"], "1001", amount))["error"] == -2
    assert await shop.states() == [("pending", "reserved")]


@pytest.mark.parametrize(
    ("amount", "error"), [("9.99", -2), ("10", 0), ("777.77", 0), ("2000", 0), ("2000.01", -2), ("0", -2)]
)
async def test_a_balance_takes_any_amount_within_its_limits(click, shop, amount, error):
    await shop.opens("wallet", amount=None, kind="accumulative", min_amount=1_000, max_amount=200_000)
    assert (await click.prepares("wallet", amount))["error"] == error


async def test_another_attempt_of_a_balances_payment_must_repeat_its_amount(click, shop):
    """Prepare may not say yes to what Complete would refuse after the card is debited."""
    await shop.opens("balance", None, kind="accumulative")
    first = await click.prepares("balance", "100", click_trans_id=7, click_paydoc_id=70)
    same_attempt = await click.prepares("balance", "200", click_trans_id=7, click_paydoc_id=70)
    next_attempt = await click.prepares("balance", "300", click_trans_id=8, click_paydoc_id=70)
    assert (first["error"], same_attempt["error"], next_attempt["error"]) == (0, -2, -2)

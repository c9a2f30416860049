"""What a person types into a search, and what is looked for then."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reads.search_text import is_search_text, read_search
from inbound.account_text import is_account_text

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=255).filter(is_search_text)
AMOUNTS = st.integers(0, 10**16 - 1)


@given(TEXTS)
def test_whatever_is_typed_is_looked_for_as_a_name(text):
    search = read_search(text, {"main": (54321,)})
    assert (search.shops, search.names[0], search.names[-1]) == (["main"], text, text.strip())


@given(TEXTS)
def test_every_account_can_be_looked_for(text):
    assert is_account_text(text)


@given(st.integers(0, 2**63 - 1))
def test_a_number_may_be_one_of_ours_or_one_of_clicks(number):
    search = read_search(str(number), {"main": (1, 2), "toys": (3,)})
    assert search.number == number
    assert sorted(search.beginnings) == [f"{service}:{number}:" for service in (1, 2, 3)]


@pytest.mark.parametrize("text", [str(2**63), "1" * 20, "007", "-1", "1.0", "+1", "1 2", "١", "0x1", "54321:1"])
def test_anything_else_is_no_number(text):
    search = read_search(text, {"main": (1,)})
    assert (search.number, search.beginnings) == (None, [])


@given(st.dates(date(1, 1, 2), date(9999, 12, 31)), AMOUNTS, st.booleans(), st.sampled_from((None, ".", ",")))
def test_a_day_comes_before_or_after_its_amount(day, amount, first, point):
    typed = str(amount) if point is None else f"{amount // 100}{point}{amount % 100:02}"
    search = read_search(f"{day} {typed}" if first else f"{typed} {day}", {"main": ()})
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=5)
    assert (search.day, search.amount) == ((midnight, midnight + timedelta(days=1)), amount)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        *(("1,000.00", 100_000), ("1 000,00", 100_000), ("1,234,567.89 so'm", 123_456_789), ("1000 so'm", 100_000)),
        *(("1000", 1_000), ("1,000", None), ("1,00.00", None), ("1.5", None), ("so'm", None), ("-1", None)),
    ],
)
def test_an_amount_is_read_as_it_is_shown(typed, amount):
    search = read_search(f"{typed} 2026-11-28", {})
    assert (search.amount, search.day is None) == (amount, amount is None)


NO_DAYS = ["0000-01-01", "0001-01-01", "2026-02-29", "2026-1-1", "2026-11-28T10:00", "28.11.2026"]


@pytest.mark.parametrize("text", NO_DAYS)
def test_what_is_no_day_is_none(text):
    assert (read_search(text, {}).day, read_search(f"5 {text}", {}).amount) == (None, None)


@pytest.mark.parametrize("text", ["", " ", "\u3000", "a\nb", "\x00", "\ud800", "a" * 256])
def test_what_no_name_can_be_is_not_looked_for(text):
    assert not is_search_text(text)

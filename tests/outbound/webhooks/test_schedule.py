"""When a failed delivery is tried again, and how long a failing endpoint is left alone."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from outbound.webhooks.schedule import read_retry_after, wait_seconds

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = 3600
CHANCES = some.floats(0, 1)
ASKED = some.none() | some.floats(0, 1e12)


def test_the_waits_grow_and_end_after_twelve_tries():
    waits = [wait_seconds(tries, 0.5) for tries in range(1, 13)]
    assert waits == [5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, None]


def test_a_weekend_is_outlived():
    assert sum(wait_seconds(tries, 0) or 0 for tries in range(1, 12)) > 60 * HOUR


@given(some.integers(1, 11), CHANCES, ASKED)
def test_a_wait_is_within_a_fifth_of_its_own_or_what_was_asked_for_up_to_an_hour(tries, chance, asked):
    middle, wait = wait_seconds(tries, 0.5), wait_seconds(tries, chance, asked)
    assert 0.799 * middle <= wait <= max(1.201 * middle, min(asked or 0, HOUR))
    assert wait >= min(asked or 0, HOUR)


@given(some.integers(12, 10**9), CHANCES, ASKED)
def test_no_receiver_asks_for_more_tries_than_there_are(tries, chance, asked):
    assert wait_seconds(tries, chance, asked) is None


@pytest.mark.parametrize(
    ("tries", "asked", "wait"), [(1, 90, 90), (1, 2, 5), (1, 10**9, HOUR), (7, 60, 18_000), (7, 10**9, 18_000)]
)
def test_retry_after_is_honoured_between_the_wait_and_an_hour(tries, asked, wait):
    assert wait_seconds(tries, 0.5, asked) == wait


def http_date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *((None, None), ("", None), ("0", 0), ("90", 90), (" 090 ", 90), ("3601", HOUR), (str(10**9), HOUR)),
        *(("9" * 6000, HOUR), ("-1", None), ("1.5", None), ("soon", None), ("٣", None), ("²", None), ("1e3", None)),
        *((http_date(0), 0), (http_date(90), 90), (http_date(-1), None), (http_date(10**9), HOUR)),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("Sun Mar  1 12:01:30 2026", 90),
        ("Mon, 01 Jan 0001 00:00:00 +2359", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", HOUR),
        ("Sun, 99 Mar 2026 12:01:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    assert read_retry_after(value, NOW) == seconds


@given(some.text() | some.from_regex(r"[-+ 0-9:A-Za-z,]{0,40}") | some.integers().map(str))
def test_whatever_a_receiver_writes_is_nothing_or_an_hour_at_most(value):
    seconds = read_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= HOUR

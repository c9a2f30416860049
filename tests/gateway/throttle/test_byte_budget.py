"""Bytes of a day: given steadily, never more of them in any 24 hours, and said once when they are used up."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.throttle.byte_budget import DAY_SECONDS, FEW_BYTES, ByteBudget

MIB = 2**20
BUDGET = 64 * MIB
LINE = 400


class Stopwatch:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def cooldowns() -> list[int]:
    """The seconds of each cooldown that was said."""
    return []


@pytest.fixture
def new(stopwatch, cooldowns) -> Callable[..., ByteBudget]:
    def budget(bytes_a_day: float = BUDGET) -> ByteBudget:
        return ByteBudget(bytes_a_day, LINE, cooldowns.append, stopwatch)

    return budget


def taken(budget: ByteBudget, size: int = 1000) -> int:
    """Bytes that it gives, a thousand at a time, until it gives no more."""
    total = 0
    while budget.take(size):
        total += size
    return total


waits = st.one_of(st.floats(0, 5), st.floats(0, 4 * 3600), st.just(DAY_SECONDS - 1.0))
takes = st.lists(st.tuples(waits, st.integers(1, 2_000), st.integers(1, 200)), max_size=80)


@given(takes, st.sampled_from([0, 1_000, 50_000, MIB, BUDGET, 3 * BUDGET]))
@example([(DAY_SECONDS, 2_000, 200), *[(900.0, 2_000, 200)] * 100], MIB)
def test_in_any_24_hours_it_gives_no_more_than_its_bytes(story, bytes_a_day):
    """Its own line counts, too. Each step of the story waits, and then takes so many times so much."""
    stopwatch, given_at = Stopwatch(), []
    budget = ByteBudget(bytes_a_day, LINE, lambda _: given_at.append((stopwatch.seconds, LINE)), stopwatch)
    for wait, size, times in story:
        stopwatch.seconds += wait
        given_at += [(stopwatch.seconds, size) for _ in range(times) if budget.take(size)]
    for begin, _ in given_at:
        window = sum(size for at, size in given_at if begin <= at < begin + DAY_SECONDS)
        assert window <= bytes_a_day + 1


def test_a_day_of_flood_gets_nearly_all_of_it(new, stopwatch):
    budget, total = new(), 0
    for _ in range(24 * 60):
        total += taken(budget)
        stopwatch.seconds += 60
    assert 0.85 * BUDGET < total <= BUDGET


def test_a_burst_leaves_something_for_every_hour(new, stopwatch):
    budget = new()
    stopwatch.seconds += DAY_SECONDS
    assert BUDGET / 8 - 2_000 <= taken(budget) <= BUDGET / 8
    for _ in range(12):
        stopwatch.seconds += 3600
        assert taken(budget) >= 2 * MIB


@pytest.mark.parametrize("restarts", [100, 1000])
def test_who_starts_again_and_again_has_no_new_budget_each_time(new, restarts):
    assert sum(taken(new()) for _ in range(restarts)) <= restarts * BUDGET / 4096


def test_a_new_one_has_room_for_a_few_records(new):
    assert [taken(new(bytes_a_day)) for bytes_a_day in (BUDGET, MIB, 100_000)] == [15_000, 3_000, 3_000]


def test_what_is_used_up_is_said_once_and_until_when(new, stopwatch, cooldowns):
    budget = new()
    taken(budget)
    assert [budget.take(1) for _ in range(1000)] == [False] * 1000
    (seconds,) = cooldowns
    assert 60 < seconds < 600
    stopwatch.seconds += seconds - 1
    assert not budget.take(1)
    stopwatch.seconds += 1
    assert taken(budget) > 100_000
    assert len(cooldowns) == 2


def test_a_budget_of_nothing_gives_nothing_and_says_nothing(new, stopwatch, cooldowns):
    budget = new(0)
    assert not budget.take(1)
    stopwatch.seconds += DAY_SECONDS
    assert not budget.take(0)
    assert cooldowns == []


def test_a_small_budget_gives_a_few_records_at_a_time(new, stopwatch, cooldowns):
    budget = new(100_000)
    taken(budget)
    for _ in range(10):
        stopwatch.seconds += cooldowns[-1]
        assert FEW_BYTES - LINE - 1_000 < taken(budget) <= FEW_BYTES

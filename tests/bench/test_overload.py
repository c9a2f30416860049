"""The overload's goals: what holds for every answer holds in each round, ratios are the rounds' median."""

import pytest

from bench.overload import AFTERWARDS, OVERLOAD, PEAK, judged
from bench.plan import Figures, Spread

SECONDS = 10


def figures(lives: float, try_again: int = 0, wrong: int = 0, most: float = 900) -> Figures:
    calls = Spread(int(lives * SECONDS), 1, 2, 3, most)
    requests = int(4 * lives * SECONDS) + try_again
    times = {"life": Spread(1, 1, 2, 3, 60_000), "try again": calls}
    return Figures(SECONDS, 1, lives, requests, 1, {}, try_again, wrong, times=times)


def goals(*flooded: Figures) -> list[tuple[str, bool]]:
    measured = {PEAK: [figures(lives) for lives in (100, 200, 50)], OVERLOAD: flooded, AFTERWARDS: [figures(90)] * 3}
    return [(goal.measured, goal.reached) for goal in judged(measured)]


def test_each_round_is_compared_with_its_own_peak():
    assert goals(figures(80, 7), figures(60, 7), figures(48, 7)) == [
        ("0.90 s", True),
        ("80.00 %", True),
        ("80.00 %", True),
        ("21 answered try again, 0 anything else", True),
        ("90.00 %", True),
    ]


@pytest.mark.parametrize(
    ("flooded", "which", "said"),
    [
        (figures(90, 7, most=5_001), 0, "5.00 s"),
        (figures(90, 7, wrong=1), 3, "21 answered try again, 1 anything else"),
        (figures(90, 0), 3, "14 answered try again, 0 anything else"),
    ],
)
def test_one_round_that_is_wrong_is_enough(flooded, which, said):
    assert goals(figures(190, 7), flooded, figures(48, 7))[which] == (said, False)

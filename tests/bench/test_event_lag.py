"""Events that are lost, or come twice, make a window's figures wrong."""

import pytest

from bench.event_lag import RECEIVED, lags_of
from bench.plan import Figures

FIGURES = Figures(seconds=1, lives=1, lives_per_second=1, requests=4, orders_used=1, us_per_request={})
COMMITTED = {1: 100.0, 2: 101.5, 3: 102.0}


def test_the_first_second_is_verified_and_not_counted():
    figures = lags_of(FIGURES, COMMITTED, [("/", 1, 109.0), ("/", 2, 101.75), ("/", 3, 102.25)], None)
    assert (figures.wrong, figures.times[RECEIVED].count, figures.times[RECEIVED].most) == (0, 2, 250.0)


@pytest.mark.parametrize(
    ("arrivals", "wrong"),
    [
        ([("/", 1, 100.0), ("/", 3, 102.0)], "1 events were never received"),
        ([("/", id_, 102.0) for id_ in (1, 2, 3, 3)], "1 events were received twice"),
    ],
)
def test_lost_and_repeated_events_are_wrong(arrivals, wrong):
    figures = lags_of(FIGURES, COMMITTED, arrivals, None)
    assert (figures.wrong, figures.wrongs) == (1, [wrong])


def test_what_is_still_due_is_wrong():
    arrivals = [("/", id_, 102.0) for id_ in COMMITTED]
    assert lags_of(FIGURES, COMMITTED, arrivals, "7 events were not delivered").wrong == 1

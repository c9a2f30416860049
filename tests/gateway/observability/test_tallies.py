"""What is tallied is in the metrics once it is flushed, as if it had been counted there."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from gateway.observability import metrics
from gateway.observability.metrics import Metrics
from gateway.observability.tallies import HistogramTally
from tests.long_timeouts import WAIT_SECONDS

BOUNDS = (0.125, 0.5, 1.0, 4.0)
VALUES = st.integers(0, 50).map(lambda eighths: eighths / 8)  # whose sum is the same in whatever order
CALL = ("payme", "CheckTransaction", "-31003")
_, ONE_CALL, TWO_CALLS = (
    f'tiyin_requests_total{{code="-31003",interface="payme",method="CheckTransaction"}} {n}.0' for n in range(3)
)


def samples(registry: CollectorRegistry) -> list[str]:
    """Without the times at which the metrics were made."""
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]


@given(st.lists(st.lists(VALUES, max_size=20), max_size=5))
def test_a_histogram_is_as_if_it_had_observed_each_value(flushed_together):
    tallied, observed = CollectorRegistry(), CollectorRegistry()
    tally = HistogramTally(Histogram("seconds", "x", buckets=BOUNDS, registry=tallied), BOUNDS)
    histogram = Histogram("seconds", "x", buckets=BOUNDS, registry=observed)
    for values in flushed_together:
        for value in values:
            tally.observe(value)
            histogram.observe(value)
        tally.flush()
        assert samples(tallied) == samples(observed)


def test_nothing_is_counted_twice():
    of = Metrics()
    of.answered(*CALL, 0.1)
    of.flush()
    of.flush()
    assert ONE_CALL in samples(of.registry)
    of.answered(*CALL, 0.1)
    of.flush()
    assert TWO_CALLS in samples(of.registry)


def test_a_number_that_goes_down_again_is_shown_as_it_is():
    of = Metrics()
    for value in (3, 1, 0):
        of.in_flight.value = of.queue_depth.value = value
        of.flush()
        assert {f"tiyin_in_flight {value}.0", f"tiyin_queue_depth {value}.0"} <= set(samples(of.registry))


async def test_the_page_has_what_was_counted_until_it_was_asked_for():
    of = Metrics()
    of.answered(*CALL, 0.1)
    assert ONE_CALL in (await of.shared_page()).decode()


async def test_what_other_processes_read_is_flushed_all_the_time_and_in_the_end(monkeypatch):
    monkeypatch.setattr(metrics, "IN_FILES", True)
    monkeypatch.setattr(metrics, "FLUSH_SECONDS", 0)
    of = Metrics()
    async with of.flushing(), asyncio.timeout(WAIT_SECONDS):
        of.answered(*CALL, 0.1)
        while ONE_CALL not in samples(of.registry):
            await asyncio.sleep(0)
        of.answered(*CALL, 0.1)
    assert TWO_CALLS in samples(of.registry)


async def test_a_process_alone_flushes_when_it_is_asked():
    of = Metrics()
    async with of.flushing():
        of.answered(*CALL, 0.1)
    assert ONE_CALL not in samples(of.registry)

"""What the tallies lean on in prometheus_client beyond its documented face."""

import inspect

from prometheus_client import CollectorRegistry, Histogram

from tests.library_hooks import has_parameters, lean_on

TALLIES = "gateway/observability/tallies.py"


def test_a_histogram_keeps_its_sum_and_its_buckets_apart():
    histogram = Histogram("of_three", "x", buckets=(1, 2), registry=CollectorRegistry())
    total = lean_on("prometheus_client", histogram, "_sum", TALLIES)
    buckets = lean_on("prometheus_client", histogram, "_buckets", TALLIES)
    histogram.observe(2)
    assert total.get() == 2
    assert [bucket.get() for bucket in buckets] == [0, 1, 0]
    for number in (total, *buckets):
        has_parameters("prometheus_client", number.inc, ["amount"], TALLIES)


def test_a_histogram_does_no_more_when_it_observes():
    source = inspect.getsource(Histogram.observe)
    assert [line.strip() for line in source.splitlines() if ".inc(" in line or ".set(" in line] == [
        "self._sum.inc(amount)",
        "self._buckets[i].inc(1)",
    ]

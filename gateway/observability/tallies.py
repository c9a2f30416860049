"""Tallies count what is counted for every call, in plain numbers; a metric has them once they are flushed.

A metric of Prometheus' takes a lock for each number, and of several processes writes it into a file.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram


class Tally(Protocol):
    def flush(self) -> None:
        """Hand the metric what it does not have yet."""


class CounterTally:
    __slots__ = ("_counter", "count")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self.count = 0

    def flush(self) -> None:
        count, self.count = self.count, 0
        if count:
            self._counter.inc(count)


class GaugeTally:
    __slots__ = ("_gauge", "value")

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self.value = 0

    def flush(self) -> None:
        self._gauge.set(self.value)


class HistogramTally:
    __slots__ = ("_bounds", "_counts", "_histogram", "_sum")

    def __init__(self, histogram: Histogram, bounds: Sequence[float]) -> None:
        """`bounds`: those that the histogram was made with."""
        self._histogram, self._bounds = histogram, bounds
        self._reset()

    def _reset(self) -> None:
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def flush(self) -> None:
        if any(self._counts):
            self._histogram._sum.inc(self._sum)
            for bucket, count in zip(self._histogram._buckets, self._counts, strict=True):
                if count:
                    bucket.inc(count)
            self._reset()

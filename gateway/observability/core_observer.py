"""What the core tells while it works, put into the metrics and the payments' log."""

from collections.abc import Sequence
from functools import cache

from core.domain.refusals import Refusal
from core.domain.unit_of_work import Move
from gateway.observability import logs
from gateway.observability.metrics import Metrics


class Watching:
    """The core's observer. The labelled children are kept at hand: to look them up costs more than to count."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._moves = cache(metrics.moves.labels)
        self._refusals = cache(metrics.refusals.labels)
        self._troubles = cache(metrics.database_errors.labels)

    def batch(self, size: int, seconds: float) -> None:
        self._metrics.batch_commands.observe(size)
        self._metrics.batch_seconds.observe(seconds)

    def queued(self, depth: int) -> None:
        self._metrics.queue_depth.set(depth)

    def moved(self, moves: Sequence[tuple[Move, str]]) -> None:
        for move, call_id in moves:
            self._moves(move.verb, move.actor).inc()
            logs.moved(move, call_id)

    def refused(self, refusal: Refusal) -> None:
        self._refusals(refusal).inc()

    def trouble(self, kind: str) -> None:
        self._troubles(kind).inc()

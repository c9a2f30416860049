"""What the core tells while it works, put into the metrics and the payments' log."""

from collections.abc import Sequence

from core.books import Move
from core.refusals import Refusal
from gateway import logs
from gateway.metrics import Metrics


class Watching:
    """The core's observer."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def batch(self, size: int, seconds: float) -> None:
        self._metrics.batch_commands.observe(size)
        self._metrics.batch_seconds.observe(seconds)

    def queued(self, depth: int) -> None:
        self._metrics.queue_depth.set(depth)

    def moved(self, moves: Sequence[tuple[Move, str]]) -> None:
        for move, call_id in moves:
            self._metrics.moves.labels(move.verb, move.actor).inc()
            logs.moved(move, call_id)

    def refused(self, refusal: Refusal) -> None:
        self._metrics.refusals.labels(refusal).inc()

    def trouble(self, kind: str) -> None:
        self._metrics.database_errors.labels(kind).inc()

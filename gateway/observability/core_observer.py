"""The core observer puts what the core reports into the metrics and the payments' log."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache

from core import Payment, Refusal, Transition, unusual_skew
from gateway.observability import logs
from gateway.observability.metrics import SWEEP_HOLDS, Metrics
from schema.test_mode import is_twin
from schema.values import Verb


class CoreObserver:
    """Implements `core.Observer`. It keeps the labelled children: to look them up costs more than to count.

    Test mode is logged and not counted: a test cabinet tries what would be an alert.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.ring: Callable[[], None] = lambda: None
        """Called when something is committed that a shop may want to hear of."""
        self._transitions = cache(lambda verb, actor: metrics.tally(metrics.transitions.labels(verb, actor)))
        self._refusals = cache(metrics.refusals.labels)
        self._skewed_payments = cache(metrics.skewed_payments.labels)
        self._database_errors = cache(metrics.database_errors.labels)

    def batch(self, size: int, seconds: float) -> None:
        self._metrics.batch_commands.observe(size)
        self._metrics.batch_seconds.observe(seconds)

    def queued(self, depth: int) -> None:
        self._metrics.queue_depth.value = depth

    def committed(self, transitions: Sequence[tuple[Transition, str]]) -> None:
        if transitions:
            self.ring()
        for transition, call_id in transitions:
            if not is_twin(transition.order.shop):
                self._count(transition)
            logs.committed(transition, call_id)

    def _count(self, transition: Transition) -> None:
        self._transitions(transition.verb, transition.actor).count += 1
        if transition.payment is not None and transition.verb is Verb.CREATE:
            self._compare_clocks(transition.payment)

    def _compare_clocks(self, payment: Payment) -> None:
        direction = unusual_skew(payment)
        if direction is not None:
            self._skewed_payments(payment.provider, direction).inc()

    def refused(self, refusal: Refusal, shop: str) -> None:
        if not is_twin(shop):
            self._refusals(refusal).inc()

    def database_error(self, kind: str) -> None:
        self._database_errors(kind).inc()

    def overloaded(self) -> None:
        self._metrics.overloads.inc()

    def sweep_held(self, hold: str | None) -> None:
        for reason in SWEEP_HOLDS:
            self._metrics.sweep_held.labels(reason).set(reason == hold)

    def clock_compared(self, skew: timedelta) -> None:
        self._metrics.clock_skew.set(skew.total_seconds())

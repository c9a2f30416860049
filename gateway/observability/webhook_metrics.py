"""The metrics of webhooks: what is sent, how soon, and what waits. No shop's and no endpoint's name is a label."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from core import Claim, QueueState, Settled
from outbound.webhooks.sending import DeliveryAttempt
from schema.test_mode import is_twin
from schema.webhooks import AttemptOutcome, EndpointState

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
LAG_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 3600.0)


class WebhookMetrics:
    """Implements the worker's observer. Attempts of test mode are not counted: nobody should be woken for them."""

    def __init__(self, of: CollectorRegistry) -> None:
        attempts = Counter(
            "tiyin_webhook_attempts", "Attempts to send an event, by what came of them.", ["outcome"], registry=of
        )
        self._attempts = {outcome: attempts.labels(outcome) for outcome in AttemptOutcome}
        self._seconds = Histogram(
            "tiyin_webhook_seconds", "Seconds of an attempt.", buckets=SECONDS, registry=of
        )  # fmt: skip
        self._lag = Histogram(
            "tiyin_webhook_lag_seconds", "Seconds from an event to its first attempt.", buckets=LAG_SECONDS, registry=of
        )
        self._zombies = Counter(
            "tiyin_webhook_zombies", "Attempts that ended after another process had taken them over.", registry=of
        )
        self._given_up = Counter("tiyin_webhook_given_up", "Deliveries that were given up.", registry=of)
        self._due = Gauge(
            "tiyin_webhook_due", "Deliveries still to be made.", multiprocess_mode="mostrecent", registry=of
        )
        self._oldest = Gauge(
            "tiyin_webhook_oldest_due_seconds",
            "Age of the oldest event that is still to be sent to an endpoint that is enabled.",
            multiprocess_mode="mostrecent",
            registry=of,
        )
        self._dead = Gauge(
            "tiyin_webhook_dead",
            "Deliveries given up, and not sent again.",
            multiprocess_mode="mostrecent",
            registry=of,
        )
        self._endpoints = Gauge(
            "tiyin_webhook_endpoints", "Endpoints, by state.", ["state"], multiprocess_mode="mostrecent", registry=of
        )
        self.bell_lost = Gauge(
            "tiyin_bell_lost",
            "1 while this process is not woken by others' payments, and looks for events again and again instead.",
            multiprocess_mode="livemax",
            registry=of,
        )

    def attempted(self, claim: Claim, attempt: DeliveryAttempt, lag_seconds: float | None) -> None:
        if is_twin(claim.destination.shop):
            return
        self._attempts[attempt.outcome].inc()
        self._seconds.observe(attempt.milliseconds / 1000)
        if lag_seconds is not None:
            self._lag.observe(max(0.0, lag_seconds))

    def settled(self, settled: Settled) -> None:
        self._zombies.inc(settled.zombies)
        self._given_up.inc(settled.dead)

    def waiting(self, state: QueueState) -> None:
        """Show what waits."""
        self._due.set(state.due)
        self._oldest.set(state.oldest_seconds)
        self._dead.set(state.dead)
        counts: Mapping[str, int] = state.endpoints
        for word in (EndpointState.ENABLED, EndpointState.DISABLED, "paused"):
            self._endpoints.labels(word).set(counts.get(word, 0))

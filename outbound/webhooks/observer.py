"""Observers learn what a worker does, so that it need not know metrics."""

from typing import Protocol

from core import Claim, Settled
from outbound.webhooks.sending import DeliveryAttempt


class DeliveryObserver(Protocol):
    """Learns what the worker does; must neither block nor raise."""

    def attempted(self, claim: Claim, attempt: DeliveryAttempt, lag_seconds: float | None) -> None:
        """An attempt has ended. `lag_seconds`: from the event to its first attempt; None: it was not the first."""

    def settled(self, settled: Settled) -> None: ...

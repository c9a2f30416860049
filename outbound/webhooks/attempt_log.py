"""The log has a line for each attempt that has failed, and for what follows for deliveries and endpoints."""

import logging

from core import Claim, Settled
from outbound.webhooks.sending import DeliveryAttempt
from schema.test_mode import split
from schema.webhooks import AttemptOutcome

log = logging.getLogger(__name__)


def log_attempt(claim: Claim, attempt: DeliveryAttempt) -> None:
    """Log an attempt: where nobody looks for it, if the event was received."""
    if attempt.outcome is AttemptOutcome.RECEIVED and not log.isEnabledFor(logging.DEBUG):
        return
    shop, test = split(claim.destination.shop)
    what = {
        "event_id": f"evt_{claim.event_id}",
        "event_type": claim.event,
        "shop": shop,
        "test": test,
        "endpoint": claim.destination.name,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "reason": attempt.note,
        "tries": claim.tries,
        "milliseconds": attempt.milliseconds,
        "correlation_id": claim.correlation_id,
    }
    if attempt.outcome is AttemptOutcome.RECEIVED:
        log.debug("webhook received", extra=what)
    else:
        log.warning("webhook attempt failed", extra=what)


def log_settled(settled: Settled) -> None:
    if settled.dead:
        log.error("webhook deliveries dead", extra={"reason": "tries", "deliveries": settled.dead})
    for destination, reason in settled.disabled:
        shop, test = split(destination.shop)
        what = {"shop": shop, "test": test, "endpoint": destination.name, "reason": reason}
        log.error("webhook endpoint disabled", extra=what)
    for destination in settled.opened:
        shop, test = split(destination.shop)
        log.warning("webhook endpoint is back", extra={"shop": shop, "test": test, "endpoint": destination.name})

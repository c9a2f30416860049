"""Health decides, from what an endpoint has answered, when it is paused, opened again, or disabled. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from schema.webhooks import DOWN, AttemptOutcome, DisabledReason, EndpointState

FAILURES_BEFORE_PAUSE: Final = 5
"""In a row, the last one of a kind that concerns the endpoint as a whole."""

PAUSE_MIN: Final = timedelta(seconds=5)
PAUSE_MAX: Final = timedelta(minutes=5)
"""So that a shop has everything within minutes of its return."""

ASKED_PAUSE_MAX: Final = timedelta(hours=1)
"""An endpoint may ask for more time than that, and does not get it."""

FAILURES_COUNTED: Final = 20
"""In a row, each one at once. Beyond, one more decides nothing, and those of a second may be noted as one."""

FAILING_MAX: Final = timedelta(days=5)
"""Without a single success; then somebody has to look."""


class Heard(NamedTuple):
    """What came of one attempt, as far as it concerns the endpoint as a whole."""

    outcome: AttemptOutcome
    is_probe: bool = False
    asked_pause: timedelta | None = None
    """What the endpoint has asked for by Retry-After."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint stands."""

    state: EndpointState
    reason: DisabledReason | None
    failures: int
    """In a row."""
    failing_since: datetime | None
    paused_until: datetime | None


class Change(NamedTuple):
    health: Health
    is_opened: bool
    """It was away, and has answered: what waits for it should be sent soon."""


def health_after(health: Health, all_heard: Iterable[Heard], now: datetime) -> Change:
    """Return how it stands after these attempts, in the order in which they ended."""
    is_opened = False
    for heard in all_heard:
        if heard.outcome is AttemptOutcome.RECEIVED:
            is_opened = is_opened or health.failures >= FAILURES_BEFORE_PAUSE
            health = replace(health, failures=0, failing_since=None, paused_until=None)
        else:
            health = _after_failure(health, heard, now)
            is_opened = False if health.paused_until else is_opened
    return Change(health, is_opened)


def _after_failure(health: Health, heard: Heard, now: datetime) -> Health:
    was_paused = health.paused_until is not None
    if was_paused and not heard.is_probe:
        return health  # it was on its way before the pause, and says nothing that is not known
    failures, since = health.failures + 1, health.failing_since or now
    health = replace(health, failures=failures, failing_since=since)
    if heard.outcome is AttemptOutcome.GONE:
        return _disabled(health, DisabledReason.GONE)
    if now - since >= FAILING_MAX:
        return _disabled(health, DisabledReason.FAILING)
    if health.state is not EndpointState.ENABLED:
        return health
    if was_paused or (failures >= FAILURES_BEFORE_PAUSE and heard.outcome in DOWN):
        return replace(health, paused_until=now + pause(failures, heard.asked_pause))
    return health


def _disabled(health: Health, reason: DisabledReason) -> Health:
    if health.state is not EndpointState.ENABLED:
        return health  # somebody has disabled it meanwhile, or has removed it
    return replace(health, state=EndpointState.DISABLED, reason=reason, paused_until=None)


def pause(failures: int, asked: timedelta | None = None) -> timedelta:
    """Return how long nothing but a probe goes there, after so many failures in a row."""
    doublings = min(max(failures - FAILURES_BEFORE_PAUSE, 0), 10)
    own: timedelta = min(PAUSE_MIN * 2**doublings, PAUSE_MAX)
    return own if asked is None else max(own, min(asked, ASKED_PAUSE_MAX))

"""Webhooks have their vocabulary here: states of endpoints and deliveries, and what can come of one attempt to send."""

from enum import StrEnum
from typing import Final

ENDPOINT_NAME: Final = "[a-z0-9][a-z0-9-]{0,31}"
"""What a shop may call an endpoint. A command would take a hyphen at the beginning for an option."""


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    """Nothing is sent to it; its deliveries wait."""
    REMOVED = "removed"
    """For good. Its name may be registered anew."""


class DisabledReason(StrEnum):
    """Why an endpoint is not sent anything."""

    FAILING = "failing"
    """Nothing was received there for days."""
    GONE = "gone"
    """It has answered 410."""
    SHOP = "shop"
    OPERATOR = "operator"


class EndpointSource(StrEnum):
    """Where an endpoint is registered, and so where it can be changed."""

    SETTINGS = "settings"
    API = "api"
    OPERATOR = "operator"


class DeliveryState(StrEnum):
    DUE = "due"
    """To be sent: now, later, or once its endpoint is enabled again."""
    DELIVERED = "delivered"
    """The endpoint has answered 2xx."""
    DEAD = "dead"
    """Given up; an operator or the shop may have it sent again."""
    SKIPPED = "skipped"
    """Not wanted any more: its endpoint was removed, or asks for other events."""


class DeadReason(StrEnum):
    """Why a delivery was given up."""

    TRIES = "tries"
    """All its tries have failed."""
    KILLS_WORKERS = "kills_workers"
    """Those who sent it did not live to say what came of it, several times in a row."""
    TOO_OLD = "too_old"
    """It has waited for too long."""


class ReplayState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"


class ReplayChoice(StrEnum):
    """Which of an endpoint's events a replay makes due."""

    DEAD = "dead"
    """Those that were given up."""
    MISSING = "missing"
    """Those from before the endpoint was, or before it asked for their type."""
    ALL = "all"


class AttemptOutcome(StrEnum):
    """What came of one attempt to send."""

    RECEIVED = "received"
    """Answered 2xx."""
    REFUSED = "refused"
    """Answered with anything else; a redirect too, which is not followed."""
    GONE = "gone"
    """Answered 410: the endpoint wants nothing any more."""
    UNAVAILABLE = "unavailable"
    """Answered 429, 502, 503 or 504: not now."""
    NAME = "name"
    """Its host's name was not resolved."""
    ADDRESS = "address"
    """Its host's address may not be dialled; nothing was sent."""
    CONNECT = "connect"
    TLS = "tls"
    RESET = "reset"
    """The connection ended before an answer, or the answer was no HTTP."""
    TIMEOUT = "timeout"


DOWN: Final = frozenset(
    {
        *(AttemptOutcome.UNAVAILABLE, AttemptOutcome.NAME, AttemptOutcome.ADDRESS, AttemptOutcome.CONNECT),
        *(AttemptOutcome.TLS, AttemptOutcome.RESET, AttemptOutcome.TIMEOUT),
    }
)
"""Outcomes by which the endpoint as a whole is away; after the others it has answered to this one event."""

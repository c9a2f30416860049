"""Claims and results are what passes between the queue of deliveries and those who send them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.deliveries.health import Heard
from schema.webhooks import AttemptOutcome, DeadReason, DeliveryState, EndpointSource

PROBE_MOVES_ON: Final = timedelta(minutes=10)
"""After a probe that has failed: the next one takes another event, in case this one is the cause."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a delivery goes, and by which secrets it is signed; of the endpoint's row, as it was claimed."""

    endpoint_id: int
    shop: str
    """As the tables have it."""
    name: str
    url: str = field(repr=False)
    """Shops put tokens into these."""
    source: EndpointSource
    generation: int
    previous_until: datetime | None
    key_print: str | None


class Claim(NamedTuple):
    """A delivery that is ours to send until its lease ends."""

    event_id: int
    fence: int
    tries: int
    """Counted failures so far."""
    losses: int
    """Times in a row that it was claimed and nothing was heard of it."""
    is_probe: bool
    event: str
    body: bytes
    """The same bytes with every try."""
    at: datetime
    """Of the event."""
    correlation_id: str
    """Of the call that the event came of."""
    now: datetime
    """When it was claimed, by the database's clock."""
    destination: Destination

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what has ended those who sent it."""
        return self.losses > 1


class Result(NamedTuple):
    """What came of one claim. `retry_in`: until the next try after a failure; None: there is none, it is dead."""

    claim: Claim
    outcome: AttemptOutcome
    at: datetime
    milliseconds: int
    retry_in: timedelta | None = None
    asked_pause: timedelta | None = None
    status: int | None = None
    note: str | None = None
    answer: str | None = None
    address: str | None = None

    @property
    def heard(self) -> Heard:
        return Heard(self.outcome, self.claim.is_probe, self.asked_pause)

    @property
    def state(self) -> DeliveryState:
        """What becomes of the delivery. A probe, and an endpoint that is gone, use up nobody's tries."""
        if self.outcome is AttemptOutcome.RECEIVED:
            return DeliveryState.DELIVERED
        return DeliveryState.DUE if not self.is_counted or self.retry_in is not None else DeliveryState.DEAD

    @property
    def is_counted(self) -> bool:
        """Whether it was one of the tries that a delivery has."""
        received, gone = AttemptOutcome.RECEIVED, AttemptOutcome.GONE
        return self.outcome is not received and self.outcome is not gone and not self.claim.is_probe

    def row(self) -> Mapping[str, object]:
        """Return it as `settle.sql` takes it."""
        state = self.state
        wait = self.retry_in if self.is_counted else PROBE_MOVES_ON if self.claim.is_probe else timedelta()
        return {
            "event_id": self.claim.event_id,
            "endpoint_id": self.claim.destination.endpoint_id,
            "fence": self.claim.fence,
            "state": state,
            "reason": DeadReason.TRIES if state is DeliveryState.DEAD else None,
            "counted": int(self.is_counted),
            "wait_seconds": 0 if wait is None else wait.total_seconds(),
            "at": self.at,
            "milliseconds": self.milliseconds,
            "outcome": self.outcome,
            "status": self.status,
            "note": self.note,
            "answer": self.answer,
            "address": self.address,
        }


class Settled(NamedTuple):
    """What a settling has changed."""

    zombies: int
    """Results of claims that another has taken over since."""
    dead: int
    """Deliveries given up."""
    opened: tuple[Destination, ...]
    """Endpoints that were away and are back."""
    disabled: tuple[tuple[Destination, str], ...]
    """Endpoints that nothing is sent to from now on, and why."""

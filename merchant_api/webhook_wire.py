"""The bodies about webhooks say what a shop asks for of its endpoints and events, and what it is answered."""

from typing import Annotated, Any

from pydantic import Field

from merchant_api.wire import Shape, Test
from merchant_api.wire_fields import Moment
from schema.webhooks import (
    ENDPOINT_NAME,
    AttemptOutcome,
    DeadReason,
    DeliveryState,
    DisabledReason,
    EndpointSource,
    EndpointState,
    ReplayChoice,
    ReplayState,
)

EndpointName = Annotated[str, Field(pattern=f"^{ENDPOINT_NAME}$", description="The shop's own name of it.")]
EventTypes = Annotated[list[str], Field(min_length=1, max_length=50)]
EventId = Annotated[
    str, Field(pattern="^evt_[0-9]{1,18}$", description="The `webhook-id` of every attempt, and the body's `id`.")
]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
PULLS: str = "Left out or null: nothing is sent, the shop pulls."
ALL_TYPES: str = "Types that it wants (`/api/v1/event-types`). Left out or null: every type."
Choice = Annotated[ReplayChoice, Field(strict=False)]


class WebhookRequest(Shape):
    """An endpoint that is to be registered."""

    name: EndpointName
    url: Url | None = Field(default=None, description=PULLS)
    events: EventTypes | None = Field(default=None, description=ALL_TYPES)


class WebhookChange(Shape):
    """What changes of an endpoint. What is left out stays."""

    url: Url | None = Field(default=None, description="Null: nothing is sent any more, the shop pulls.")
    events: EventTypes | None = Field(default=None, description="Null: every type. What waits of others is skipped.")


class RotateRequest(Shape):
    """How a secret is replaced."""

    keep_hours: int = Field(default=24, ge=0, le=168, description="For so long the former secret signs along.")
    generation: int | None = Field(
        default=None,
        ge=1,
        description="Of the secret that is to be replaced: where that was done already nothing is changed, so that a "
        "call whose answer was lost may be sent again.",
    )


class ReplayRequest(Shape):
    """Which events are to be sent anew."""

    since: Moment
    until: Moment | None = Field(default=None, description="At most 30 days later. Left out or null: now.")
    events: EventTypes | None = Field(default=None, description="Left out or null: every type that the endpoint wants.")
    which: Choice = Field(
        default=ReplayChoice.MISSING,
        description="`dead`: what was given up; `missing`: what the endpoint never had; `all`: what it has had, too.",
    )


class PullRequest(Shape):
    """How many events are taken."""

    most: int = Field(default=100, ge=1, le=100)


class Acknowledged(Shape):
    """One event that was taken, and which taking of it."""

    id: EventId
    fence: int = Field(ge=1, le=2**31 - 1, description="As it came with the event.")


class AcknowledgeRequest(Shape):
    """Events that were dealt with."""

    events: list[Acknowledged] = Field(min_length=1, max_length=100)


class RetryRequest(Shape):
    """Where an event is to be sent again."""

    webhook: EndpointName | None = Field(default=None, description="Left out or null: to every endpoint that had it.")


class Webhook(Shape):
    """An endpoint as it stands."""

    test: Test
    name: str
    url: str | None
    events: list[str] | None = Field(description="Null: every type.")
    state: EndpointState
    reason: DisabledReason | None = Field(description="Why it is disabled.")
    source: EndpointSource = Field(description="Where it was registered; what the settings say is changed there only.")
    generation: int = Field(description="Of its secret: raised by each rotation.")
    previous_secret_until: Moment | None = Field(description="Until then the former secret signs along.")
    failures: int = Field(ge=0, description="In a row, since the last success.")
    failing_since: Moment | None
    paused_until: Moment | None = Field(description="It does not answer: until then nothing is sent but a probe.")
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_failure: str | None
    created_at: Moment
    changed_at: Moment


class WebhookList(Shape):
    """The endpoints of the shop, by name."""

    test: Test
    items: list[Webhook]


class ReplayProgress(Shape):
    """A replay, and how far it has come."""

    since: Moment
    until: Moment
    events: list[str] | None
    which: ReplayChoice
    state: ReplayState
    replayed: int = Field(ge=0, description="Events that it has made due so far.")
    created_at: Moment
    ended_at: Moment | None


class WebhookStatus(Webhook):
    """An endpoint as it stands, and what waits for it."""

    due: int = Field(ge=0, description="Events that are to be sent, now or later. Counted up to 100,000.")
    dead: int = Field(ge=0, description="Events that were given up, and can be sent again. Counted up to 100,000.")
    replay: ReplayProgress | None = Field(description="The newest one.")


class WebhookWithSecret(Webhook):
    """An endpoint, and what its events are signed with."""

    secret: str = Field(description="`whsec_` and base64. Keep it as a password is kept.")


class WebhookSecret(Shape):
    """What an endpoint's events are signed with."""

    secret: str = Field(description="`whsec_` and base64. Keep it as a password is kept.")
    generation: int
    previous_secret_until: Moment | None


class TestResult(Shape):
    """What came of one request to an endpoint."""

    outcome: AttemptOutcome
    milliseconds: int = Field(ge=0)
    status: int | None = Field(description="Null where no answer came.")
    note: str | None
    answer: str | None = Field(description="Its beginning.")
    address: str | None = Field(description="The IP address that was called.")


class WebhookAttempt(TestResult):
    """One attempt to send, and what came of it."""

    at: Moment


class WebhookDelivery(Shape):
    """How the delivery of one event to one endpoint stands."""

    event: EventId
    type: str
    at: Moment = Field(description="Of the event.")
    account: str
    webhook: str
    state: DeliveryState
    reason: DeadReason | None = Field(description="Why it was given up.")
    tries: int = Field(ge=0, description="Attempts that have failed and count.")
    due_at: Moment | None = Field(description="Not before; null where it is due at once, or not any more.")
    ended_at: Moment | None = Field(description="When it was received, given up or skipped.")
    attempts: list[WebhookAttempt] = Field(description="Oldest first; in a list the last one alone.")


class DeliveryList(Shape):
    """Deliveries, newest event first."""

    test: Test
    items: list[WebhookDelivery]
    next: str | None = Field(
        description="The cursor of the next page; null on the last one. A page may be short and not the last."
    )


class WebhookEvent(Shape):
    """An event, and what has become of it at each endpoint."""

    test: Test
    id: EventId
    type: str
    at: Moment
    account: str
    body: dict[str, Any] = Field(description="As it is sent.")
    deliveries: list[WebhookDelivery]


class RetriedEvent(Shape):
    """Where an event is sent again; names of endpoints."""

    due: list[str] = Field(description="To these it is sent at once, or as soon as they are enabled.")
    in_flight: list[str] = Field(description="To these it was just being sent: nothing was changed.")


class PulledWebhookEvent(Shape):
    """One event that the shop has taken."""

    id: EventId
    fence: int = Field(ge=1, description="Names this taking of it, for the acknowledgement.")
    leased_until: Moment = Field(description="What is not acknowledged by then comes again.")
    body: dict[str, Any] = Field(description="As it would be sent.")


class PulledEvents(Shape):
    """Events that are the shop's to deal with for a minute."""

    test: Test
    events: list[PulledWebhookEvent]


class AcknowledgedEvents(Shape):
    """What an acknowledgement has come to; ids of events."""

    acknowledged: list[EventId]
    lost: list[EventId] = Field(description="Taken again since, or to be sent anew: these will come again.")

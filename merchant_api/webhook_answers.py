"""Puts endpoints, deliveries and events into the API's answers. No secret is in any but those that are asked for."""

from collections.abc import Mapping, Sequence

import orjson

from core import Endpoint, PastAttempt, PastDelivery, PastEvent, PulledEvent, Replay, moment_text
from merchant_api.webhook_context import TestAttempt
from merchant_api.webhook_wire import (
    ReplayProgress,
    TestResult,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
    WebhookStatus,
    WebhookWithSecret,
)
from schema.test_mode import is_twin
from schema.webhooks import DeliveryState


def event_name(event_id: int) -> str:
    """Return an event's id as it is sent."""
    return f"evt_{event_id}"


def webhook_body(endpoint: Endpoint) -> Webhook:
    return Webhook(
        test=is_twin(endpoint.shop),
        name=endpoint.name,
        url=endpoint.url,
        events=None if endpoint.events is None else list(endpoint.events),
        state=endpoint.state,
        reason=endpoint.reason,
        source=endpoint.source,
        generation=endpoint.generation,
        previous_secret_until=endpoint.previous_until,
        failures=endpoint.failures,
        failing_since=endpoint.failing_since,
        paused_until=endpoint.paused_until,
        last_success_at=endpoint.last_success_at,
        last_failure_at=endpoint.last_failure_at,
        last_failure=endpoint.last_failure,
        created_at=endpoint.created_at,
        changed_at=endpoint.changed_at,
    )


def status_body(endpoint: Endpoint, counts: Mapping[DeliveryState, int], replays: Sequence[Replay]) -> WebhookStatus:
    return WebhookStatus(
        **dict(webhook_body(endpoint)),
        due=counts.get(DeliveryState.DUE, 0),
        dead=counts.get(DeliveryState.DEAD, 0),
        replay=replay_body(replays[0]) if replays else None,
    )


def secret_body(endpoint: Endpoint, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**dict(webhook_body(endpoint)), secret=secret)


def replay_body(replay: Replay) -> ReplayProgress:
    return ReplayProgress(
        since=replay.since,
        until=replay.until,
        events=None if replay.types is None else list(replay.types),
        which=replay.which,
        state=replay.state,
        replayed=replay.replayed,
        created_at=replay.created_at,
        ended_at=replay.ended_at,
    )


def test_body(attempt: TestAttempt) -> TestResult:
    return TestResult(
        outcome=attempt.outcome,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        note=attempt.note,
        answer=attempt.answer,
        address=attempt.address,
    )


def delivery_body(delivery: PastDelivery) -> WebhookDelivery:
    return WebhookDelivery(
        event=event_name(delivery.event_id),
        type=delivery.event,
        at=delivery.event_at,
        account=delivery.account,
        webhook=delivery.endpoint,
        state=delivery.state,
        reason=delivery.reason,
        tries=delivery.tries,
        due_at=delivery.due_at,
        ended_at=delivery.settled_at,
        attempts=[_attempt(attempt) for attempt in delivery.attempts],
    )


def event_body(event: PastEvent, *, test: bool) -> WebhookEvent:
    return WebhookEvent(
        test=test,
        id=event_name(event.id),
        type=event.event,
        at=event.at,
        account=event.account,
        body=orjson.loads(event.body),
        deliveries=[delivery_body(delivery) for delivery in event.deliveries],
    )


def pulled_text(events: Sequence[PulledEvent], *, test: bool) -> str:
    """Return the answer to a pull (`PulledEvents`), each body as it would be sent."""
    items = [
        f'{{"id":"{event_name(event.event_id)}","fence":{event.fence},'
        f'"leased_until":"{moment_text(event.leased_until)}","body":{event.body}}}'
        for event in events
    ]
    return f'{{"test":{"true" if test else "false"},"events":[{",".join(items)}]}}'


def _attempt(attempt: PastAttempt) -> WebhookAttempt:
    return WebhookAttempt(
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        outcome=attempt.outcome,
        status=attempt.status,
        note=attempt.note,
        answer=attempt.answer,
        address=attempt.address,
    )

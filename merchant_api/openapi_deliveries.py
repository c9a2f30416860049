"""The API's description of deliveries: what became of events, and how they are had again."""

from typing import Final

from merchant_api import webhook_examples as examples
from merchant_api.errors import INVALID
from merchant_api.list_query import DEFAULT_LIMIT
from merchant_api.openapi_parts import UNREADABLE_BODY, Json, answer, operation, query, request_body
from merchant_api.webhook_errors import (
    EVENT_NOT_FOUND,
    REPLAY_RUNNING,
    WEBHOOK_DISABLED,
    WEBHOOK_HAS_URL,
    WEBHOOK_NOT_FOUND,
)
from schema.webhooks import DeliveryState

EVENT: Final = "/api/v1/events/{event}"
BODY: Final = (*UNREADABLE_BODY, INVALID)


def delivery_verbs() -> dict[str, Json]:
    """Describe what is done with an endpoint's deliveries."""
    found = (WEBHOOK_NOT_FOUND,)
    return {
        "replay": {
            "post": operation(
                "replayEvents",
                "Have the events of a time sent anew, or those that the endpoint never had",
                {"202": answer("It is under way.", "ReplayProgress", examples.REPLAY)},
                (*BODY, *found, REPLAY_RUNNING),
                request_body("ReplayRequest", examples.REPLAYS, required=True),
                "Each keeps its id. What is just being sent is left alone. Its progress is in the endpoint's answer.",
            )
        },
        "pull": {
            "post": operation(
                "pullEvents",
                "Take events of an endpoint without a URL, for a minute",
                {"200": answer("What is due, oldest first.", "PulledEvents", examples.PULLED)},
                (*BODY, *found, WEBHOOK_HAS_URL, WEBHOOK_DISABLED),
                request_body("PullRequest", examples.PULLS),
                "Of one order one event at a time: the next one comes after it was acknowledged.",
            )
        },
        "ack": {
            "post": operation(
                "acknowledgeEvents",
                "Acknowledge events that were pulled and dealt with",
                {"200": answer("What it has come to.", "AcknowledgedEvents", examples.ACKNOWLEDGED)},
                (*BODY, *found),
                request_body("AcknowledgeRequest", examples.ACKNOWLEDGEMENTS, required=True),
            )
        },
        "deliveries": {"get": _deliveries()},
    }


def event_paths() -> Json:
    return {
        EVENT: {"parameters": [_event()], "get": _show_event()},
        f"{EVENT}/retry": {"parameters": [_event()], "post": _retry()},
        "/api/v1/event-types": {"get": _event_types()},
    }


def _event() -> Json:
    schema = {"type": "string", "pattern": "^evt_[0-9]{1,18}$"}
    return {
        "name": "event",
        "in": "path",
        "required": True,
        "description": "Its id.",
        "schema": schema,
        "example": "evt_1234",
    }


def _deliveries() -> Json:
    states = {"type": "string", "enum": [str(state) for state in DeliveryState]}
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": DEFAULT_LIMIT}
    listing = operation(
        "listDeliveries",
        "List what became of events at an endpoint, newest first",
        {"200": answer("A page.", "DeliveryList", examples.DELIVERIES)},
        (INVALID, WEBHOOK_NOT_FOUND),
    )
    listing["parameters"] = [
        query("state", states, "Only deliveries in this state."),
        query("account", {"type": "string", "minLength": 1, "maxLength": 255}, "Only of the order with this account."),
        query("limit", limit, "Deliveries in a page, at most: whether there are more says `next`."),
        query("cursor", {"type": "string"}, "The `next` of the page before."),
    ]
    return listing


def _show_event() -> Json:
    shown = {"200": answer("The event.", "WebhookEvent", examples.SHOWN_EVENT)}
    return operation("showEvent", "Show an event, and every attempt to send it", shown, (EVENT_NOT_FOUND,))


def _retry() -> Json:
    return operation(
        "retryEvent",
        "Send an event again, whatever became of it",
        {"200": answer("Where.", "RetriedEvent", examples.RETRIED)},
        (*BODY, EVENT_NOT_FOUND),
        request_body("RetryRequest", examples.RETRIES),
        "It keeps its id. What waits for a later try is sent at once.",
    )


def _event_types() -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "listEventTypes",
        "summary": "List the types of events, each with a sentence, its JSON Schema and an example",
        "security": [],
        "responses": {"200": {"description": "The types.", "content": content}},
    }

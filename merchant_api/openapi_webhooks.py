"""The API's description of webhooks: the calls about endpoints and events, and the events that are sent."""

from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from merchant_api import event_wire, webhook_wire
from merchant_api import webhook_examples as examples
from merchant_api.errors import INVALID
from merchant_api.openapi_deliveries import delivery_verbs, event_paths
from merchant_api.openapi_parts import UNREADABLE_BODY, Json, answer, operation, request_body
from merchant_api.webhook_errors import (
    NO_WEBHOOK_KEY,
    TOO_MANY_WEBHOOKS,
    WEBHOOK_EXISTS,
    WEBHOOK_HAS_NO_URL,
    WEBHOOK_NOT_FOUND,
    WEBHOOK_OF_OPERATOR,
    WEBHOOK_OF_SETTINGS,
)
from schema.webhooks import ENDPOINT_NAME

SENT: Final[tuple[type[BaseModel], ...]] = (
    *(webhook_wire.WebhookRequest, webhook_wire.WebhookChange, webhook_wire.RotateRequest),
    *(webhook_wire.ReplayRequest, webhook_wire.PullRequest, webhook_wire.AcknowledgeRequest),
    webhook_wire.RetryRequest,
)
ANSWERED: Final[tuple[type[BaseModel], ...]] = (
    *(webhook_wire.Webhook, webhook_wire.WebhookList, webhook_wire.WebhookStatus, webhook_wire.WebhookWithSecret),
    *(webhook_wire.WebhookSecret, webhook_wire.TestResult, webhook_wire.ReplayProgress, webhook_wire.DeliveryList),
    *(webhook_wire.WebhookEvent, webhook_wire.RetriedEvent, webhook_wire.PulledEvents),
    webhook_wire.AcknowledgedEvents,
)
EVENTS: Final = tuple(event_wire.MODELS.values())
MODELS: Final[list[tuple[type[BaseModel], JsonSchemaMode]]] = [
    *[(model, "validation") for model in SENT],
    *[(model, "serialization") for model in (*ANSWERED, *EVENTS)],
]

WEBHOOK: Final = "/api/v1/webhooks/{name}"

BODY: Final = (*UNREADABLE_BODY, INVALID)
KEPT_BY_SETTINGS: Final = (WEBHOOK_NOT_FOUND, WEBHOOK_OF_SETTINGS)


def webhook_paths() -> Json:
    return {
        "/api/v1/webhooks": {"get": _list(), "post": _register()},
        WEBHOOK: {"parameters": [_name()], "get": _show(), "patch": _change(), "delete": _remove()},
        **{f"{WEBHOOK}/{verb}": {"parameters": [_name()], **item} for verb, item in _verbs().items()},
        **{f"{WEBHOOK}/{verb}": {"parameters": [_name()], **item} for verb, item in delivery_verbs().items()},
        **event_paths(),
    }


def _name() -> Json:
    schema = {"type": "string", "pattern": f"^{ENDPOINT_NAME}$"}
    return {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "Of the endpoint.",
        "schema": schema,
        "example": "erp",
    }


def _list() -> Json:
    return operation(
        "listWebhooks", "List the shop's endpoints", {"200": answer("All.", "WebhookList", examples.LIST)}, ()
    )


def _register() -> Json:
    location = {
        "Location": {"description": "The endpoint's path.", "schema": {"type": "string", "format": "uri-reference"}}
    }
    return operation(
        "registerWebhook",
        "Register an endpoint: events from now on are sent to it",
        {
            "201": answer("It is registered.", "WebhookWithSecret", examples.WITH_SECRET, headers=location),
            "200": answer(
                "It was registered like this already.", "WebhookWithSecret", examples.WITH_SECRET, headers=location
            ),
        },
        (*BODY, WEBHOOK_EXISTS, TOO_MANY_WEBHOOKS, NO_WEBHOOK_KEY),
        request_body("WebhookRequest", examples.REGISTRATIONS, required=True),
        "Without a URL the shop pulls. Events from before it are had by a replay.",
    )


def _show() -> Json:
    shown = {"200": answer("The endpoint.", "WebhookStatus", examples.STATUS)}
    return operation("showWebhook", "Show an endpoint, and what waits for it", shown, (WEBHOOK_NOT_FOUND,))


def _change() -> Json:
    return operation(
        "changeWebhook",
        "Change where an endpoint's events are sent, or which",
        _webhook(),
        (*BODY, *KEPT_BY_SETTINGS),
        request_body("WebhookChange", examples.CHANGES, required=True),
        "What waits and is of no such type any more is not sent. Of types that are new, events from now on are.",
    )


def _remove() -> Json:
    removed = {"204": {"description": "It is removed; what waited for it is not sent any more."}}
    return operation("removeWebhook", "Remove an endpoint", removed, KEPT_BY_SETTINGS)


def _webhook() -> Json:
    return {"200": answer("The endpoint.", "Webhook", examples.WEBHOOK)}


def _verbs() -> dict[str, Json]:
    secret = {"200": answer("The secret.", "WebhookSecret", examples.SHOWN_SECRET)}
    rotated = {"200": answer("The endpoint, and its new secret.", "WebhookWithSecret", examples.WITH_SECRET)}
    found = (WEBHOOK_NOT_FOUND,)
    shows = "Show what an endpoint's events are signed with"
    enable, disable = (
        "Send to an endpoint again; what has waited comes soon",
        "Send an endpoint nothing: its events wait",
    )
    return {
        "secret": {"get": operation("showSecret", shows, secret, (*found, NO_WEBHOOK_KEY))},
        "rotate": {
            "post": operation(
                "rotateSecret",
                "Give an endpoint a new secret; the former one signs along for a time",
                rotated,
                (*BODY, *KEPT_BY_SETTINGS, NO_WEBHOOK_KEY),
                request_body("RotateRequest", examples.ROTATIONS),
            )
        },
        "enable": {"post": operation("enableWebhook", enable, _webhook(), (*BODY, *found, WEBHOOK_OF_OPERATOR))},
        "disable": {"post": operation("disableWebhook", disable, _webhook(), (*BODY, *found))},
        "test": {
            "post": operation(
                "testWebhook",
                "Send an event `endpoint.test` at once, and say what came back",
                {"200": answer("What came of it.", "TestResult", examples.TEST)},
                (*BODY, *found, WEBHOOK_HAS_NO_URL, NO_WEBHOOK_KEY),
            )
        },
    }  # fmt: skip

"""The API's description: it is a whole OpenAPI document, and every real answer is as it says."""

from collections.abc import Iterator
from typing import Any

import pytest

from schema.event_types import SENTENCES
from schema.values import to_ms
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.clock import Clock
from tests.merchant_api.json_schema import field_errors, resolve, unknown_words

Json = dict[str, Any]

ORDERS, ORDER = "/api/v1/orders", "/api/v1/orders/{account}"
WEBHOOKS, WEBHOOK = "/api/v1/webhooks", "/api/v1/webhooks/{name}"
WITH_BODY = "400 408 413 422"

OPERATIONS = {
    (ORDERS, "post"): {"200", "201", "400", "401", "408", "409", "413", "422", "429", "500", "503"},
    (ORDERS, "get"): {"200", "401", "422", "429", "500", "503"},
    (ORDER, "get"): {"200", "401", "404", "429", "500", "503"},
    (f"{ORDER}/payments", "get"): {"200", "401", "404", "422", "429", "500", "503"},
    (f"{ORDER}/cancel", "post"): {"200", "400", "401", "404", "408", "409", "413", "422", "429", "500", "503"},
    (ORDER, "patch"): {"200", "400", "401", "404", "408", "409", "413", "422", "429", "500", "503"},
    (f"{ORDER}/release", "post"): {"200", "400", "401", "404", "408", "409", "413", "422", "429", "500", "503"},
    (f"{ORDER}/reopen", "post"): {"200", "400", "401", "404", "408", "409", "413", "422", "429", "500", "503"},
    (f"{ORDER}/deliver", "post"): {"200", "400", "401", "404", "408", "409", "413", "422", "429", "500", "503"},
    ("/api/openapi.json", "get"): {"200"},
    **{
        (path, method): {*statuses.split(), "401", "429", "500", "503"}
        for path, method, statuses in (
            (WEBHOOKS, "get", "200"),
            (WEBHOOKS, "post", f"200 201 409 {WITH_BODY}"),
            (WEBHOOK, "get", "200 404"),
            (WEBHOOK, "patch", f"200 404 409 {WITH_BODY}"),
            (WEBHOOK, "delete", "204 404 409"),
            (f"{WEBHOOK}/secret", "get", "200 404 409"),
            (f"{WEBHOOK}/rotate", "post", f"200 404 409 {WITH_BODY}"),
            (f"{WEBHOOK}/enable", "post", f"200 404 409 {WITH_BODY}"),
            (f"{WEBHOOK}/disable", "post", f"200 404 {WITH_BODY}"),
            (f"{WEBHOOK}/test", "post", f"200 404 409 {WITH_BODY}"),
            (f"{WEBHOOK}/replay", "post", f"202 404 409 {WITH_BODY}"),
            (f"{WEBHOOK}/pull", "post", f"200 404 409 {WITH_BODY}"),
            (f"{WEBHOOK}/ack", "post", f"200 404 {WITH_BODY}"),
            (f"{WEBHOOK}/deliveries", "get", "200 404 422"),
            ("/api/v1/events/{event}", "get", "200 404"),
            ("/api/v1/events/{event}/retry", "post", f"200 404 {WITH_BODY}"),
        )
    },
    ("/api/v1/event-types", "get"): {"200"},
}

BALANCE = {"account": "b", "kind": "accumulative", "max_amount": 5}
HELD, KEY = {"account": "held", "amount": 500_00}, {"Idempotency-Key": "one"}

CALLS: list[tuple[str, str, str, Any, dict[str, str], int]] = [
    ("post", ORDERS, "", {"account": "1", "amount": 1, "metadata": {"a": 1.5}}, KEY, 201),
    ("post", ORDERS, "", {"account": "1", "amount": 1, "metadata": {"a": 1.5}}, KEY, 201),
    ("post", ORDERS, "", {"account": "1", "amount": 1, "metadata": {"a": 1.5}}, {}, 200),
    ("post", ORDERS, "", {"account": "1", "amount": 2}, {}, 409),
    ("post", ORDERS, "", {"account": "1", "amount": 2}, KEY, 422),
    ("post", ORDERS, "", {"account": "1"}, {}, 422),
    ("post", ORDERS, "", None, {"Content-Encoding": "gzip"}, 400),
    ("post", ORDERS, "", None, {"Authorization": "Bearer nobody"}, 401),
    ("post", ORDERS, "", BALANCE, {}, 201),
    ("get", ORDERS, "?limit=1", None, {}, 200),
    ("get", ORDERS, "?limit=0", None, {}, 422),
    ("get", ORDER, "held", None, {}, 200),
    ("get", ORDER, "b", None, {}, 200),
    ("get", ORDER, "unknown", None, {}, 404),
    ("get", f"{ORDER}/payments", "held", None, {}, 200),
    ("get", f"{ORDER}/payments", "unknown", None, {}, 404),
    ("post", f"{ORDER}/cancel", "held", None, {}, 409),
    ("post", f"{ORDER}/deliver", "held", None, {}, 409),
    ("post", f"{ORDER}/deliver", "unknown", None, {}, 404),
    ("post", f"{ORDER}/cancel", "b", None, {}, 200),
    ("post", f"{ORDER}/cancel", "b", {"why": 1}, {}, 422),
    ("patch", ORDER, "1", {"amount": 2}, {"Idempotency-Key": "two"}, 200),
    ("patch", ORDER, "1", {"amount": 2}, {"Idempotency-Key": "two"}, 200),
    ("patch", ORDER, "1", {"max_amount": 2}, {}, 422),
    ("patch", ORDER, "held", {"amount": 2}, {}, 409),
    ("patch", ORDER, "unknown", {"amount": 2}, {}, 404),
    ("post", f"{ORDER}/release", "1", None, {}, 200),
    ("post", f"{ORDER}/release", "held", None, {}, 409),
    ("post", f"{ORDER}/release", "b", {}, {}, 422),
    ("post", f"{ORDER}/release", "1", {"payment": 999_999}, {}, 404),
    ("post", f"{ORDER}/cancel", "held", {"release": True}, {}, 409),
    ("post", f"{ORDER}/reopen", "b", {"expires_at": "2999-01-01T00:00:00Z"}, {}, 200),
    ("post", f"{ORDER}/reopen", "held", {}, {}, 409),
    ("post", f"{ORDER}/reopen", "b", {"expires_at": 1}, {}, 422),
]

HOOK, OFFICE = {"name": "erp", "url": "https://erp.example.uz/"}, {"name": "office"}

WEBHOOK_CALLS: list[tuple[str, str, str, Any, int]] = [
    ("post", WEBHOOKS, "", HOOK, 201),
    ("post", WEBHOOKS, "", HOOK, 200),
    ("post", WEBHOOKS, "", OFFICE, 201),
    ("post", WEBHOOKS, "", {"name": "office", "url": HOOK["url"]}, 409),
    ("post", WEBHOOKS, "", {"name": "erp", "url": "http://10.0.0.1"}, 422),
    ("get", WEBHOOKS, "", None, 200),
    ("get", WEBHOOK, "erp", None, 200),
    ("get", WEBHOOK, "none", None, 404),
    ("patch", WEBHOOK, "erp", {"events": ["payment.paid"]}, 200),
    ("get", f"{WEBHOOK}/secret", "erp", None, 200),
    ("post", f"{WEBHOOK}/rotate", "erp", None, 200),
    ("post", f"{WEBHOOK}/disable", "erp", None, 200),
    ("post", f"{WEBHOOK}/enable", "erp", None, 200),
    ("post", f"{WEBHOOK}/test", "office", None, 409),
    ("post", f"{WEBHOOK}/replay", "erp", {"since": "2999-01-01T00:00:00Z"}, 422),
    ("post", f"{WEBHOOK}/pull", "office", None, 200),
    ("post", f"{WEBHOOK}/pull", "erp", None, 409),
    ("post", f"{WEBHOOK}/ack", "office", {"events": [{"id": "evt_1", "fence": 1}]}, 200),
    ("get", f"{WEBHOOK}/deliveries", "office", None, 200),
    ("get", "/api/v1/events/{name}", "$event", None, 200),
    ("get", "/api/v1/events/{name}", "evt_1", None, 404),
    ("post", "/api/v1/events/{name}/retry", "evt_1", None, 404),
]


@pytest.fixture
async def document(shop: Shop) -> Json:
    async with shop.http.get(f"{shop.url}/api/openapi.json") as answer:  # no token
        assert (answer.status, answer.content_type) == (200, "application/json")
        described: Json = await answer.json()
        return described


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters"}:
            yield path, method, {**item[method], "parameters": parameters(item) + parameters(item[method])}


def parameters(of: Json) -> list[Json]:
    found: list[Json] = of.get("parameters", [])
    return found


def every(value: Any, name: str) -> Iterator[Any]:
    """Whatever stands under the name, at any depth."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            yield from every(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from every(each, name)


async def test_it_describes_every_path_and_every_status(document: Json):
    described = {(path, method): set(operation["responses"]) for path, method, operation in operations(document)}
    assert described == OPERATIONS


async def test_it_has_what_an_openapi_document_must_have(document: Json):
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    assert document["servers"] == [{"url": "/", "description": "This gateway"}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/api/openapi.json"]["get"]["security"] == []
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(
        answer["description"] for _, _, operation in operations(document) for answer in operation["responses"].values()
    )


async def test_the_names_of_its_schemas_are_public_and_stay(document: Json):
    assert document["components"]["schemas"].keys() == {
        *(
            "OneTimeRequest",
            "AccumulativeRequest",
            "AmendRequest",
            "CancelRequest",
            "ReleaseRequest",
            "ReopenRequest",
            "OrderRequest",
            "OneTimeOrder",
            "AccumulativeOrder",
            "Order",
            "Page",
            "PaymentList",
            "OrderTotals",
        ),
        *("Item-Input", "Item-Output", "Shipping", "Payment", "PaymentState", "Provider", "OrderState"),
        *("Fiscal", "FiscalReceipt", "FiscalFailure", "Problem", "FieldError", "PaymentForm", "Lang", "CardType"),
        *("WebhookRequest", "WebhookChange", "RotateRequest", "ReplayRequest", "PullRequest", "AcknowledgeRequest"),
        *("RetryRequest", "Webhook", "WebhookList", "WebhookStatus", "WebhookWithSecret", "WebhookSecret"),
        *("TestResult", "ReplayProgress", "WebhookDelivery", "WebhookAttempt", "DeliveryList", "WebhookEvent"),
        *("RetriedEvent", "PulledEvents", "PulledWebhookEvent", "Acknowledged", "AcknowledgedEvents"),
        *("EndpointState", "EndpointSource"),
        *("DisabledReason", "DeliveryState", "DeadReason", "ReplayChoice", "ReplayState", "AttemptOutcome"),
        *("EventOrder", "EventPayment", "PendingPayment", "PaidPayment", "CancelledPayment", "ReversedPayment"),
        *("MovedPayment", "RefundedPayment", "OrderKind", "TestData", "EndpointTestEvent"),
        *(f"{_name(event)}{part}" for event in SENTENCES for part in ("Event", "Data")),
    }


async def test_every_reference_leads_somewhere(document: Json):
    references = set(every(document, "$ref"))
    assert references
    assert all(resolve(document, reference) for reference in references)


async def test_every_schema_is_made_of_words_that_are_checked_here(document: Json):
    described = [each for each in every(document["paths"], "schema") if isinstance(each, dict)]  # events have one, too
    schemas = [*document["components"]["schemas"].values(), *described]
    assert set().union(*map(unknown_words, schemas)) == set()


async def test_every_parameter_of_a_path_is_described(document: Json):
    for path, _, operation in operations(document):
        described = {(each["name"], each["required"]) for each in operation["parameters"] if each["in"] == "path"}
        assert described == {(name, True) for name in ("account", "name", "event") if f"{{{name}}}" in path}


async def test_every_change_of_an_order_takes_an_idempotency_key(document: Json):
    for path, method, operation in operations(document):
        headers = [each["name"] for each in operation["parameters"] if each["in"] == "header"]
        is_change = method in ("post", "patch") and path.startswith(ORDERS)
        assert headers == (["Idempotency-Key"] if is_change else []), path


async def test_every_example_is_as_its_schema_says(document: Json):
    contents = [media for content in every(document["paths"], "content") for media in content.values()]
    examples = [
        (media["schema"], example)
        for media in contents
        for example in [*every(media, "value"), *([media["example"]] if "example" in media else [])]
    ]
    assert len(examples) > 40
    assert [
        field_error for schema, example in examples for field_error in field_errors(document, schema, example)
    ] == []


async def test_every_example_of_a_request_is_taken(document: Json, shop: Shop):
    content = document["paths"][ORDERS]["post"]["requestBody"]["content"]["application/json"]
    for number, example in enumerate(content["examples"].values()):
        assert (await shop.calls("POST", ORDERS, {**example["value"], "account": str(number)})).status == 201


async def test_every_real_answer_is_as_it_says(document: Json, shop: Shop, payme: Payme, clock: Clock):
    await shop.opens(**HELD)
    held = {"time": to_ms(clock.now()), "amount": 500_00, "account": {"order_id": "held"}}
    await payme.says("CreateTransaction", id="5f3a", **held)
    for method, path, rest, sent, headers, status in CALLS:
        url = path.format(account=rest) if path != ORDERS else path + rest
        answer = await shop.calls(method.upper(), url, sent, headers=headers, body=None if sent else b"")
        assert (answer.status, url) == (status, url), answer.body
        described = document["paths"][path][method]["responses"][str(status)]
        [(media, content)] = described["content"].items()
        assert answer.headers["Content-Type"].startswith(media)
        assert list(field_errors(document, content["schema"], answer.body)) == []
        assert undescribed(answer.headers, described.get("headers", {})) == set()


@pytest.mark.settings(WEBHOOK_KEY="webhook-key-of-the-tests-0123456789abcdef")
async def test_every_real_answer_about_webhooks_is_as_it_says(document: Json, shop: Shop, payme: Payme, clock: Clock):
    for method, path, name, sent, status in WEBHOOK_CALLS:
        if name == "$event":
            await shop.opens(**HELD)
            held = {"time": to_ms(clock.now()), "amount": 500_00, "account": {"order_id": "held"}}
            await payme.says("CreateTransaction", id="5f3a", **held)
            name = (await shop.calls("GET", f"{WEBHOOKS}/office/deliveries")).body["items"][0]["event"]
        answer = await shop.calls(method.upper(), path.format(name=name), sent, body=None if sent else b"")
        assert (answer.status, path) == (status, path), answer.body
        described = document["paths"][path.replace("events/{name}", "events/{event}")][method]["responses"]
        [(media, content)] = described[str(status)]["content"].items()
        assert answer.headers["Content-Type"].startswith(media)
        assert list(field_errors(document, content["schema"], answer.body)) == []
        assert undescribed(answer.headers, described[str(status)].get("headers", {})) == set()


async def test_the_links_of_the_example_are_those_of_a_real_order(document: Json, shop: Shop):
    content = document["paths"][ORDERS]["post"]["responses"]["201"]["content"]["application/json"]
    example = content["example"]
    sent = {name: example[name] for name in ("return_url", "lang", "card_type")}
    order = await shop.opens("1001", 5_000_000, **sent)
    assert example["links"]["payme"] == order["links"]["payme"]
    assert order["links"]["click"].replace("&merchant_user_id=7788", "") == example["links"]["click"]
    paid = document["paths"][ORDER]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    withdrawn = await shop.closes("1001")
    assert (paid["links"], paid["forms"]) == (withdrawn["links"], withdrawn["forms"])


async def test_forms_are_described(document: Json, shop: Shop):
    order = await shop.opens("a;b", description="Toys", lang="ru")
    assert list(field_errors(document, {"$ref": "#/components/schemas/Order"}, order)) == []
    assert order["forms"].keys() == {"payme"}


def _name(event: str) -> str:
    return "".join(word.capitalize() for word in event.split("."))


def undescribed(headers: Any, described: Json) -> set[str]:
    """Headers that say something about this answer and are not in the description."""
    return {"Location", "Idempotency-Replayed", "WWW-Authenticate", "Retry-After"} & headers.keys() - described.keys()

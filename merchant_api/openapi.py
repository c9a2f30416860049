"""The API's description (OpenAPI 3.1) is made from the models that check and answer its calls."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from core import SEARCH_MAX_CHARACTERS, Refusal
from merchant_api import examples, wire
from merchant_api.errors import INVALID, PROBLEMS, TOO_MANY_ORDERS
from merchant_api.list_query import DEFAULT_LIMIT
from merchant_api.openapi_events import sent_events
from merchant_api.openapi_parts import (
    ALWAYS,
    OF_READS,
    UNREADABLE_BODY,
    Json,
    PublicSchema,
    account,
    answer,
    idempotency_key,
    opened,
    problems,
    query,
    ref,
    replayed,
    request_body,
)
from merchant_api.openapi_webhooks import MODELS as WEBHOOK_MODELS
from merchant_api.openapi_webhooks import webhook_paths
from merchant_api.responses import OVER
from schema.releases import this_release
from schema.values import OrderState

MODELS: Final[list[tuple[type[BaseModel], JsonSchemaMode]]] = [
    (wire.OneTimeRequest, "validation"),
    (wire.AccumulativeRequest, "validation"),
    (wire.AmendRequest, "validation"),
    (wire.CancelRequest, "validation"),
    (wire.ReleaseRequest, "validation"),
    (wire.ReopenRequest, "validation"),
    (wire.OneTimeOrder, "serialization"),
    (wire.AccumulativeOrder, "serialization"),
    (wire.Page, "serialization"),
    (wire.PaymentList, "serialization"),
    (wire.ProblemDetails, "serialization"),
    *WEBHOOK_MODELS,
]

REF_TEMPLATE: Final = "#/components/schemas/{model}"

WITH_BODY: Final = (*UNREADABLE_BODY, INVALID, PROBLEMS[Refusal.KEY_REUSED])
NOT_FOUND: Final = PROBLEMS[Refusal.ORDER_NOT_FOUND]


FIND: Final = (
    "Only orders that go by this: an account; a provider's id of a payment; `click_trans_id`; `click_paydoc_id`, the "
    "number in the payer's SMS; the `id` of a payment. Or a day in Tashkent, alone or with an amount in tiyin or in "
    "so'm with two decimal places, such as `50000.00 2026-11-28`: orders that were opened, or begun to be paid, on it."
)


@cache
def openapi_text() -> str:
    return json.dumps(document(), ensure_ascii=False)


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tiyin merchant API",
            "version": this_release(),
            "summary": "Orders that are paid through Payme and Click.",
            "description": "Money is a whole number of tiyin, 1/100 of a so'm. The bearer token names the shop.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/orders": {"post": _open(), "get": _list()},
            "/api/v1/orders/{account}": {"parameters": [account()], "get": _show(), "patch": _amend()},
            "/api/v1/orders/{account}/payments": {"parameters": [account()], "get": _list_payments()},
            "/api/v1/orders/{account}/cancel": {"parameters": [account()], "post": _cancel()},
            "/api/v1/orders/{account}/release": {"parameters": [account()], "post": _release()},
            "/api/v1/orders/{account}/reopen": {"parameters": [account()], "post": _reopen()},
            "/api/v1/orders/{account}/deliver": {"parameters": [account()], "post": _deliver()},
            **webhook_paths(),
            "/api/openapi.json": {"get": _openapi()},
        },
        "webhooks": sent_events(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "A token of the shop."}},
        },
    }


def _schemas() -> Json:
    _, schemas = models_json_schema(MODELS, ref_template=REF_TEMPLATE, schema_generator=PublicSchema)
    order = wire.Page.model_json_schema(mode="serialization", ref_template=REF_TEMPLATE)
    return {
        **schemas["$defs"],
        "Order": order["properties"]["items"]["items"],
        "OrderRequest": {"anyOf": [ref("OneTimeRequest"), ref("AccumulativeRequest")]},
    }


def _open() -> Json:
    return {
        "operationId": "openOrder",
        "summary": "Open an order",
        "description": (
            "The same body again answers 200 with the order as it stands, while it can be paid; after that 409 with a "
            "word for its state. Null says the same as nothing."
        ),
        "parameters": [idempotency_key()],
        "requestBody": request_body("OrderRequest", examples.REQUESTS, required=True),
        "responses": {
            "201": opened("The order is open."),
            "200": opened("It was open already."),
            **problems(
                *(*ALWAYS, TOO_MANY_ORDERS, *WITH_BODY),
                *(PROBLEMS[refusal] for refusal in (Refusal.ORDER_DIFFERS, *sorted(OVER))),
            ),
        },
    }


def _list() -> Json:
    states = {"type": "string", "enum": [str(state) for state in OrderState]}
    return {
        "operationId": "listOrders",
        "summary": "List orders, newest first, or find some",
        "parameters": [
            query("find", {"type": "string", "minLength": 1, "maxLength": SEARCH_MAX_CHARACTERS}, FIND),
            query("state", states, "Only orders in this state. Not with `find`."),
            *_page("Orders"),
        ],
        "responses": {"200": answer("A page.", "Page", examples.PAGE), **problems(*ALWAYS, *OF_READS, INVALID)},
    }


def _show() -> Json:
    return {
        "operationId": "showOrder",
        "summary": "Show an order",
        "responses": {"200": answer("The order.", "Order", examples.ORDER), **problems(*ALWAYS, *OF_READS, NOT_FOUND)},
    }


def _list_payments() -> Json:
    return {
        "operationId": "listPayments",
        "summary": "List an order's payments, newest first",
        "parameters": _page("Payments"),
        "responses": {
            "200": answer("A page.", "PaymentList", examples.PAYMENT_PAGE),
            **problems(*ALWAYS, *OF_READS, INVALID, NOT_FOUND),
        },
    }


def _page(items: str) -> list[Json]:
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": DEFAULT_LIMIT}
    return [
        query("limit", limit, f"{items} in a page, at most: whether there are more says `next`."),
        query("cursor", {"type": "string"}, "The `next` of the page before."),
    ]


def _amend() -> Json:
    summary = "Change the terms of an order that nobody has paid or is paying"
    refusals = (Refusal.ORDER_BUSY, *sorted(OVER))
    change = _change("amendOrder", summary, refusals, body=("AmendRequest", examples.AMENDMENTS))
    description = (
        "What is left out stays; null takes it away. A link that was made before names the old amount, and is then "
        "refused as a wrong amount."
    )
    return {**change, "description": description}


def _cancel() -> Json:
    summary = "Withdraw an order that nobody has paid or is paying"
    refusals = (
        *(Refusal.ORDER_BUSY, Refusal.ATTEMPT_YOUNG),
        *(Refusal.ORDER_PAID, Refusal.ORDER_REFUNDED, Refusal.ORDER_EXPIRED),
    )
    return _change("cancelOrder", summary, refusals, body=("CancelRequest", examples.CANCELLATIONS))


def _release() -> Json:
    summary = "End an attempt that its payer has left, so that the order can be paid again"
    refusals = (Refusal.PAYMENT_NOT_FOUND, Refusal.ATTEMPT_YOUNG)
    change = _change("releaseOrder", summary, refusals, body=("ReleaseRequest", examples.RELEASES))
    return {**change, "description": "Where nothing is under way, the order is answered as it is."}


def _reopen() -> Json:
    summary = "Let an order be paid that was withdrawn, has expired, or whose money was given back"
    refusals = (Refusal.ORDER_BUSY, Refusal.ORDER_PAID)
    return _change("reopenOrder", summary, refusals, body=("ReopenRequest", examples.REOPENINGS))


def _deliver() -> Json:
    refusals = (Refusal.ORDER_NOT_PAID, Refusal.ORDER_CANCELLED, Refusal.ORDER_REFUNDED, Refusal.ORDER_EXPIRED)
    summary = "Mark the goods as handed over: what was paid is not given back through a provider any more"
    return _change("deliverOrder", summary, refusals)


def _change(
    operation: str, summary: str, refusals: Iterable[Refusal], body: tuple[str, dict[str, Json]] | None = None
) -> Json:
    """Describe a change of an order. `body`: the schema of what may be sent, with examples."""
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [idempotency_key()],
        **({} if body is None else {"requestBody": request_body(*body, required=operation == "amendOrder")}),
        "responses": {
            "200": answer("The order.", "Order", examples.ORDER, headers=replayed()),
            **problems(*ALWAYS, *WITH_BODY, NOT_FOUND, *(PROBLEMS[refusal] for refusal in refusals)),
        },
    }


def _openapi() -> Json:
    return {
        "operationId": "describe",
        "summary": "This document",
        "security": [],
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
    }

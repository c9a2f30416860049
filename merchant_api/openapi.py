"""The API's description (OpenAPI 3.1) is made from the models that check and answer its calls."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from core import Refusal
from merchant_api import examples, wire
from merchant_api.errors import (
    FAILED,
    INVALID,
    PROBLEMS,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    TRY_AGAIN,
    UNAUTHORIZED,
    UNREADABLE,
)
from merchant_api.list_query import DEFAULT_LIMIT
from merchant_api.openapi_parts import (
    Json,
    PublicSchema,
    account,
    answer,
    idempotency_key,
    named,
    opened,
    problems,
    query,
    ref,
    replayed,
)
from merchant_api.responses import OVER
from schema.values import OrderState

MODELS: Final[list[tuple[type[BaseModel], JsonSchemaMode]]] = [
    (wire.OneTimeRequest, "validation"),
    (wire.AccumulativeRequest, "validation"),
    (wire.OneTimeOrder, "serialization"),
    (wire.AccumulativeOrder, "serialization"),
    (wire.Page, "serialization"),
    (wire.PaymentList, "serialization"),
    (wire.ProblemDetails, "serialization"),
]

REF_TEMPLATE: Final = "#/components/schemas/{model}"

ALWAYS: Final = (UNAUTHORIZED, TOO_MANY, FAILED, TRY_AGAIN)
WITH_BODY: Final = (UNREADABLE, TOO_SLOW, TOO_LARGE, INVALID, PROBLEMS[Refusal.KEY_REUSED])
NOT_FOUND: Final = PROBLEMS[Refusal.ORDER_NOT_FOUND]


@cache
def openapi_text() -> str:
    return json.dumps(document(), ensure_ascii=False)


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tiyin merchant API",
            "version": version("tiyin"),
            "summary": "Orders that are paid through Payme and Click.",
            "description": "Money is a whole number of tiyin, 1/100 of a so'm. The bearer token names the shop.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/orders": {"post": _open(), "get": _list()},
            "/api/v1/orders/{account}": {"parameters": [account()], "get": _show()},
            "/api/v1/orders/{account}/payments": {"parameters": [account()], "get": _list_payments()},
            "/api/v1/orders/{account}/cancel": {"parameters": [account()], "post": _cancel()},
            "/api/v1/orders/{account}/deliver": {"parameters": [account()], "post": _deliver()},
            "/api/openapi.json": {"get": _openapi()},
        },
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
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ref("OrderRequest"), "examples": named(examples.REQUESTS)}},
        },
        "responses": {
            "201": opened("The order is open."),
            "200": opened("It was open already."),
            **problems(*ALWAYS, *WITH_BODY, *(PROBLEMS[refusal] for refusal in (Refusal.ORDER_DIFFERS, *sorted(OVER)))),
        },
    }


def _list() -> Json:
    states = {"type": "string", "enum": [str(state) for state in OrderState]}
    return {
        "operationId": "listOrders",
        "summary": "List orders, newest first",
        "parameters": [query("state", states, "Only orders in this state."), *_page("Orders")],
        "responses": {"200": answer("A page.", "Page", examples.PAGE), **problems(*ALWAYS, INVALID)},
    }


def _show() -> Json:
    return {
        "operationId": "showOrder",
        "summary": "Show an order",
        "responses": {"200": answer("The order.", "Order", examples.ORDER), **problems(*ALWAYS, NOT_FOUND)},
    }


def _list_payments() -> Json:
    return {
        "operationId": "listPayments",
        "summary": "List an order's payments, newest first",
        "parameters": _page("Payments"),
        "responses": {
            "200": answer("A page.", "PaymentList", examples.PAYMENT_PAGE),
            **problems(*ALWAYS, INVALID, NOT_FOUND),
        },
    }


def _page(items: str) -> list[Json]:
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": DEFAULT_LIMIT}
    return [
        query("limit", limit, f"{items} in a page."),
        query("cursor", {"type": "string"}, "The `next` of the page before."),
    ]


def _cancel() -> Json:
    refusals = (Refusal.ORDER_BUSY, Refusal.ORDER_PAID, Refusal.ORDER_REFUNDED, Refusal.ORDER_EXPIRED)
    return _change("cancelOrder", "Withdraw an order that nobody has paid or is paying", refusals)


def _deliver() -> Json:
    refusals = (Refusal.ORDER_NOT_PAID, Refusal.ORDER_CANCELLED, Refusal.ORDER_REFUNDED, Refusal.ORDER_EXPIRED)
    summary = "Mark the goods as handed over: what was paid is not given back through a provider any more"
    return _change("deliverOrder", summary, refusals)


def _change(operation: str, summary: str, refusals: Iterable[Refusal]) -> Json:
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [idempotency_key()],
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

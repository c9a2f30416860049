"""The merchant API has these paths."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from core import Core
from inbound.body import answer_expectation
from inbound.callers import FailedAuthLimiter
from merchant_api.context import CONTEXT, Links, MerchantContext
from merchant_api.event_catalogue import event_types_text
from merchant_api.handlers import (
    get_order,
    get_orders,
    get_payments,
    patch_order,
    post_cancel,
    post_deliver,
    post_order,
    post_release,
    post_reopen,
    reply,
)
from merchant_api.openapi import openapi_text
from merchant_api.order_rate import OrderRate
from merchant_api.read_slots import ReadSlots
from merchant_api.tokens import Tokens
from merchant_api.view import answer_every_call
from merchant_api.webhook_context import ShopWebhooks
from merchant_api.webhook_routes import add_routes

PREFIX: Final = "/api"


class Limits(NamedTuple):
    """What a shop can have."""

    orders_a_second: int
    reads_at_once: int
    page_bytes: int
    """Of a page of orders."""


def setup(
    app: web.Application,
    core: Core,
    tokens: Mapping[str, Sequence[str]],
    links: Links,
    click_services: Mapping[str, Sequence[int]],
    failed_auth: FailedAuthLimiter,
    limits: Limits,
    webhooks: ShopWebhooks,
) -> None:
    """No tokens, no paths. An application of its own under the prefix, so that unknown paths are answered alike."""
    if not tokens:
        return
    api = web.Application(middlewares=[answer_every_call])
    reads, orders = ReadSlots(limits.reads_at_once), OrderRate(limits.orders_a_second)
    known = Tokens(tokens)
    api[CONTEXT] = MerchantContext(core, known, links, click_services, failed_auth, reads, orders, limits.page_bytes)
    # Not aiohttp's own pattern for a segment: an account may hold braces.
    order = "/v1/orders/{account:[^/]+}"
    # The names are for the journal and the metrics.
    api.router.add_post("/v1/orders", post_order, name="orders", expect_handler=answer_expectation)
    api.router.add_get("/v1/orders", get_orders, name="orders", expect_handler=answer_expectation)
    api.router.add_get(order, get_order, name="order", expect_handler=answer_expectation)
    api.router.add_patch(order, patch_order, name="order", expect_handler=answer_expectation)
    api.router.add_get(f"{order}/payments", get_payments, name="payments", expect_handler=answer_expectation)
    api.router.add_post(f"{order}/cancel", post_cancel, name="cancel", expect_handler=answer_expectation)
    api.router.add_post(f"{order}/release", post_release, name="release", expect_handler=answer_expectation)
    api.router.add_post(f"{order}/reopen", post_reopen, name="reopen", expect_handler=answer_expectation)
    api.router.add_post(f"{order}/deliver", post_deliver, name="deliver", expect_handler=answer_expectation)
    add_routes(api, webhooks)
    types = _publish(event_types_text())
    api.router.add_get("/v1/event-types", types, name="event-types", expect_handler=answer_expectation)
    api.router.add_get("/openapi.json", _publish(openapi_text()), name="openapi", expect_handler=answer_expectation)
    app.add_subapp(PREFIX, api)


def _publish(text: str) -> Handler:
    async def get_published(_: web.Request) -> web.Response:
        response = reply(200, text)
        response.headers[hdrs.CACHE_CONTROL] = "public, max-age=300"
        return response

    return get_published

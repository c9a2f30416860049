"""The calls about webhooks have these paths."""

from typing import Final

from aiohttp import hdrs, web

from inbound.body import answer_expectation
from merchant_api.deliveries import (
    get_deliveries,
    get_event,
    post_acknowledge,
    post_pull,
    post_replay,
    post_retry,
)
from merchant_api.read_slots import ReadSlots
from merchant_api.webhook_context import TESTS, WEBHOOKS, ShopWebhooks
from merchant_api.webhooks import (
    delete_webhook,
    get_secret,
    get_webhook,
    get_webhooks,
    patch_webhook,
    post_disable,
    post_enable,
    post_rotate,
    post_test,
    post_webhook,
)

WEBHOOK: Final = "/v1/webhooks/{name}"
EVENT: Final = "/v1/events/{event}"

ROUTES: Final = (
    (hdrs.METH_GET, "/v1/webhooks", get_webhooks, "webhooks"),
    (hdrs.METH_POST, "/v1/webhooks", post_webhook, "webhooks"),
    (hdrs.METH_GET, WEBHOOK, get_webhook, "webhook"),
    (hdrs.METH_PATCH, WEBHOOK, patch_webhook, "webhook"),
    (hdrs.METH_DELETE, WEBHOOK, delete_webhook, "webhook"),
    (hdrs.METH_GET, f"{WEBHOOK}/secret", get_secret, "secret"),
    (hdrs.METH_POST, f"{WEBHOOK}/rotate", post_rotate, "rotate"),
    (hdrs.METH_POST, f"{WEBHOOK}/enable", post_enable, "enable"),
    (hdrs.METH_POST, f"{WEBHOOK}/disable", post_disable, "disable"),
    (hdrs.METH_POST, f"{WEBHOOK}/test", post_test, "test"),
    (hdrs.METH_POST, f"{WEBHOOK}/replay", post_replay, "replay"),
    (hdrs.METH_POST, f"{WEBHOOK}/pull", post_pull, "pull"),
    (hdrs.METH_POST, f"{WEBHOOK}/ack", post_acknowledge, "ack"),
    (hdrs.METH_GET, f"{WEBHOOK}/deliveries", get_deliveries, "deliveries"),
    (hdrs.METH_GET, EVENT, get_event, "event"),
    (hdrs.METH_POST, f"{EVENT}/retry", post_retry, "retry"),
)
"""The last word of each is for the journal and the metrics."""


def add_routes(api: web.Application, webhooks: ShopWebhooks) -> None:
    api[WEBHOOKS], api[TESTS] = webhooks, ReadSlots(1)
    for method, path, handler, name in ROUTES:
        if method == hdrs.METH_GET:  # and so HEAD
            api.router.add_get(path, handler, name=name, expect_handler=answer_expectation)
        else:
            api.router.add_route(method, path, handler, name=name, expect_handler=answer_expectation)

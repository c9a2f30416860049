"""Each handler reads a call's shape, gives the core one command, and shapes its answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar, cast

from aiohttp import hdrs, web

from core import (
    CloseOrder,
    DeliverOrder,
    IdempotencyKey,
    OrderRef,
    Refusal,
    Refused,
    ReleaseOrder,
    ReopenOrder,
    Replayed,
    ShopCommand,
    Shown,
    read_search,
)
from inbound.account_text import is_account_text
from merchant_api.context import CONTEXT, Links
from merchant_api.errors import PROBLEMS, Problem
from merchant_api.idempotency import fingerprint, read_key
from merchant_api.json_body import parse, read_body
from merchant_api.list_query import OF_PAYMENTS, read_window
from merchant_api.order_path import ORDERS, path_of, read_account
from merchant_api.order_request import amend_order, open_order, read, read_order
from merchant_api.page_text import PageText
from merchant_api.responses import changed, opened, order_body, payment_page_text
from merchant_api.wire import CancelRequest, EmptyBody, ReleaseRequest, ReopenRequest, Shape
from schema.test_mode import is_twin

PROBLEM_JSON: Final = "application/problem+json"

REFUSAL: Final = web.RequestKey("merchant_api_refusal", Refusal)
"""The core's word, for the journal."""

ACCOUNT: Final = web.RequestKey("merchant_api_account", str)
"""The account in the body of a new order, for the journal."""


S = TypeVar("S", bound=Shape)
Render = Callable[[Links, Shown | Refused], tuple[int, str]]


async def post_order(request: web.Request) -> web.Response:
    shop = request.app[CONTEXT].tokens.admit(request)
    document = parse(await read_body(request))
    _note_account(request, document)
    order = read_order(document)
    await request.app[CONTEXT].orders.count(shop)
    response = await _change(request, open_order(shop, order), opened, ORDERS, document)
    if response.status < 400:
        response.headers[hdrs.LOCATION] = path_of(order.account)
    return response


async def patch_order(request: web.Request) -> web.Response:
    shop = request.app[CONTEXT].tokens.admit(request)
    order = OrderRef(shop, read_account(request))
    document = parse(await read_body(request))
    return await _change(request, amend_order(order, document), changed, path_of(order.account), document)


async def post_cancel(request: web.Request) -> web.Response:
    order, body, document = await _read_named(request, CancelRequest)
    return await _change_named(request, CloseOrder(order, release=body.release), "cancel", document)


async def post_release(request: web.Request) -> web.Response:
    order, body, document = await _read_named(request, ReleaseRequest)
    return await _change_named(request, ReleaseOrder(order, body.payment), "release", document)


async def post_reopen(request: web.Request) -> web.Response:
    order, body, document = await _read_named(request, ReopenRequest)
    keeps_expiry = "expires_at" not in body.model_fields_set
    return await _change_named(request, ReopenOrder(order, body.expires_at, keeps_expiry), "reopen", document)


async def post_deliver(request: web.Request) -> web.Response:
    order, _, document = await _read_named(request, EmptyBody)
    return await _change_named(request, DeliverOrder(order), "deliver", document)


async def get_order(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    order = OrderRef(context.tokens.admit(request), read_account(request))
    async with context.reads.one_of(order.shop):
        shown = await context.core.order(order)
    if shown is None:
        raise _not_found(request)
    return reply(200, order_body(shown, context.links).model_dump_json())


async def get_orders(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    shop, window = context.tokens.admit(request), read_window(request)
    page = PageText(context.links, context.page_bytes, test=is_twin(shop))
    async with context.reads.one_of(shop):
        if window.find is None:
            read = await context.core.orders(shop, window.state, window.limit, window.after, page.take)
        else:
            search = read_search(window.find, {shop: context.click_services.get(shop, ())})
            read = await context.core.found(search, window.limit, window.after, page.take)
    return reply(200, page.text(read.next))


async def get_payments(request: web.Request) -> web.Response:
    context = request.app[CONTEXT]
    order = OrderRef(context.tokens.admit(request), read_account(request))
    window = read_window(request, OF_PAYMENTS)
    async with context.reads.one_of(order.shop):
        page = await context.core.payments(order, window.limit, window.after)
    if page is None:
        raise _not_found(request)
    return reply(200, payment_page_text(page, test=is_twin(order.shop)))


def _note_account(request: web.Request, document: Any) -> None:
    account = document.get("account") if isinstance(document, dict) else None
    if isinstance(account, str) and is_account_text(account):
        request[ACCOUNT] = account


def _not_found(request: web.Request) -> Problem:
    request[REFUSAL] = Refusal.ORDER_NOT_FOUND
    return Problem(PROBLEMS[Refusal.ORDER_NOT_FOUND])


async def _read_named(request: web.Request, shape: type[S]) -> tuple[OrderRef, S, Any]:
    """Read the order that the path names, and the body: no body says the same as an empty object."""
    shop = request.app[CONTEXT].tokens.admit(request)
    account = read_account(request)
    body = await read_body(request)
    document = parse(body) if body.strip() else {}
    return OrderRef(shop, account), read(shape, document), document


async def _change_named(request: web.Request, command: ShopCommand, verb: str, document: Any) -> web.Response:
    return await _change(request, command, changed, f"{path_of(command.order.account)}/{verb}", document)


async def _change(request: web.Request, command: ShopCommand, render: Render, path: str, document: Any) -> web.Response:
    context = request.app[CONTEXT]
    pure = partial(render, context.links)
    key = read_key(request)
    if key is not None:
        command = replace(command, idempotency=IdempotencyKey(key, fingerprint(request.method, path, document), pure))
    answer = cast(Shown | Refused | Replayed, await context.core.do(command))
    if isinstance(answer, Replayed):
        return reply(answer.status, answer.body, replayed=True)
    if isinstance(answer, Refused):
        request[REFUSAL] = answer.refusal
    return reply(*pure(answer))


def reply(status: int, text: str, *, replayed: bool = False) -> web.Response:
    response = web.Response(
        status=status, text=text, content_type="application/json" if status < 400 else PROBLEM_JSON, charset="utf-8"
    )
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response

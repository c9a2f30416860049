"""Handlers of the calls about deliveries: what became of events, and how they are had again."""

import re
from typing import Final

from aiohttp import web

from core import ReplayRangeError, ReplayRunningError, TakenEvent
from merchant_api.context import CONTEXT
from merchant_api.delivery_query import cursor_of, read_delivery_window
from merchant_api.errors import Problem, invalid_field
from merchant_api.handlers import reply
from merchant_api.json_body import parse, read_body
from merchant_api.order_request import read
from merchant_api.webhook_answers import delivery_body, event_body, event_name, pulled_text, replay_body
from merchant_api.webhook_context import one_read
from merchant_api.webhook_errors import (
    EVENT_NOT_FOUND,
    REPLAY_RUNNING,
    WEBHOOK_DISABLED,
    WEBHOOK_HAS_URL,
    WEBHOOK_NOT_FOUND,
)
from merchant_api.webhook_request import read_replay
from merchant_api.webhook_wire import (
    AcknowledgedEvents,
    AcknowledgeRequest,
    DeliveryList,
    PullRequest,
    RetriedEvent,
    RetryRequest,
)
from merchant_api.webhooks import existing, named, read_optional
from schema.test_mode import is_twin
from schema.webhooks import EndpointState

_EVENT: Final = re.compile(r"evt_([0-9]{1,18})")


async def get_deliveries(request: web.Request) -> web.Response:
    ref, window = named(request), read_delivery_window(request)
    async with one_read(request, ref.shop) as webhooks:
        await existing(webhooks, ref)
        page = await webhooks.history.page(*ref, window.state, window.account, window.limit, window.after)
    body = DeliveryList(
        test=is_twin(ref.shop),
        items=[delivery_body(delivery) for delivery in page.deliveries],
        next=None if page.next is None else cursor_of(page.next),
    )
    return reply(200, body.model_dump_json())


async def get_event(request: web.Request) -> web.Response:
    shop = request.app[CONTEXT].tokens.admit(request)
    event_id = _event_id(request)
    async with one_read(request, shop) as webhooks:
        event = await webhooks.history.event(shop, event_id)
    if event is None:
        raise Problem(EVENT_NOT_FOUND)
    return reply(200, event_body(event, test=is_twin(shop)).model_dump_json())


async def post_retry(request: web.Request) -> web.Response:
    shop = request.app[CONTEXT].tokens.admit(request)
    event_id, asked = _event_id(request), read(RetryRequest, await read_optional(request))
    async with one_read(request, shop) as webhooks:
        retried = await webhooks.retries.retry(shop, event_id, asked.webhook)
        webhooks.wake()
    if not (retried.due or retried.in_flight):
        raise Problem(EVENT_NOT_FOUND, "What an endpoint never had it gets by a replay.")
    return reply(200, RetriedEvent(due=list(retried.due), in_flight=list(retried.in_flight)).model_dump_json())


async def post_replay(request: web.Request) -> web.Response:
    ref = named(request)
    asked, until = read_replay(parse(await read_body(request)), request.app[CONTEXT].core.clocks.now())
    async with one_read(request, ref.shop) as webhooks:
        await existing(webhooks, ref)  # else a name that no table can hold is asked for
        try:
            replay = await webhooks.replays.ask(ref, asked.since, until, asked.which, asked.events, asked_by="shop")
        except ReplayRunningError:
            raise Problem(REPLAY_RUNNING, "The endpoint's answer has its progress in `replay`.") from None
        except ReplayRangeError:
            raise invalid_field("since", "must be before `until`, and in the past") from None
        webhooks.wake()
    if replay is None:
        raise Problem(WEBHOOK_NOT_FOUND)
    return reply(202, replay_body(replay).model_dump_json())


async def post_pull(request: web.Request) -> web.Response:
    ref = named(request)
    asked = read(PullRequest, await read_optional(request))
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await existing(webhooks, ref)
        if endpoint.url is not None:
            raise Problem(WEBHOOK_HAS_URL, "An endpoint without a URL is pulled: PATCH takes it away.")
        if endpoint.state is not EndpointState.ENABLED:
            raise Problem(WEBHOOK_DISABLED)
        events = await webhooks.pulls.pull(endpoint, asked.most)
    return reply(200, pulled_text(events, test=is_twin(ref.shop)))


async def post_acknowledge(request: web.Request) -> web.Response:
    ref = named(request)
    asked = read(AcknowledgeRequest, parse(await read_body(request)))
    taken = [TakenEvent(int(one.id.removeprefix("evt_")), one.fence) for one in asked.events]
    async with one_read(request, ref.shop) as webhooks:
        settled = set(await webhooks.pulls.acknowledge(await existing(webhooks, ref), taken))
    body = AcknowledgedEvents(
        acknowledged=[event_name(one.event_id) for one in taken if one in settled],
        lost=[event_name(one.event_id) for one in taken if one not in settled],
    )
    return reply(200, body.model_dump_json())


def _event_id(request: web.Request) -> int:
    match = _EVENT.fullmatch(request.match_info["event"])
    if match is None:
        raise Problem(EVENT_NOT_FOUND, "An event's id looks like evt_1234.")
    return int(match[1])

"""Handlers of the calls about endpoints: where a shop's events are sent, and what they are signed with."""

from datetime import timedelta
from typing import Any, Final

from aiohttp import hdrs, web

from core import Endpoint, EndpointExistsError, EndpointRef, TooManyEndpointsError, TryAgain, WantedEndpoint
from merchant_api.context import CONTEXT
from merchant_api.errors import TRY_AGAIN, Problem, invalid_field
from merchant_api.handlers import reply
from merchant_api.json_body import parse, read_body
from merchant_api.order_request import read
from merchant_api.webhook_answers import secret_body, status_body, test_body, webhook_body
from merchant_api.webhook_context import TESTS, NoSecretError, ShopWebhooks, one_read
from merchant_api.webhook_errors import (
    NO_WEBHOOK_KEY,
    TOO_MANY_WEBHOOKS,
    WEBHOOK_EXISTS,
    WEBHOOK_HAS_NO_URL,
    WEBHOOK_NOT_FOUND,
    WEBHOOK_OF_OPERATOR,
    WEBHOOK_OF_SETTINGS,
)
from merchant_api.webhook_request import read_change, read_webhook
from merchant_api.webhook_wire import RotateRequest, WebhookList, WebhookSecret
from merchant_api.wire import EmptyBody
from schema.test_mode import is_twin
from schema.webhooks import DisabledReason, EndpointSource, EndpointState

PATH: Final = "/api/v1/webhooks"

OF_SETTINGS: Final = (
    "The gateway's settings say what this endpoint is: it is changed there. It can be enabled and disabled here."
)
OF_OPERATOR: Final = "The gateway's operator has disabled the endpoint, and has to enable it: `tiyin webhook enable`."

MAYBE_ROTATED: Final = (
    "The secret may have been replaced. Look at the endpoint's `generation`, and name it when you call again: else the"
    " secret that your side has may not sign along any more."
)


async def get_webhooks(request: web.Request) -> web.Response:
    shop = request.app[CONTEXT].tokens.admit(request)
    async with one_read(request, shop) as webhooks:
        endpoints = await webhooks.endpoints.of([shop])
    items = [webhook_body(endpoint) for endpoint in endpoints]
    return reply(200, WebhookList(test=is_twin(shop), items=items).model_dump_json())


async def post_webhook(request: web.Request) -> web.Response:
    """The same again is answered with what there is, so that a call may be repeated whose answer was lost."""
    shop = request.app[CONTEXT].tokens.admit(request)
    document = parse(await read_body(request))
    async with one_read(request, shop) as webhooks:
        wanted = read_webhook(shop, document, webhooks.url_problem)
        status, endpoint = 201, await _registered(webhooks, wanted)
        if endpoint is None:
            status, endpoint = 200, await webhooks.endpoints.get(wanted.ref)
        if endpoint is None or not _is_as_wanted(endpoint, wanted):
            raise Problem(WEBHOOK_EXISTS, "PATCH changes it; another endpoint needs another name.")
        webhooks.wake()
        response = reply(status, secret_body(endpoint, _secret_of(webhooks, endpoint)).model_dump_json())
    response.headers[hdrs.LOCATION] = f"{PATH}/{endpoint.name}"
    return response


async def get_webhook(request: web.Request) -> web.Response:
    ref = named(request)
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await existing(webhooks, ref)
        counts, replays = await webhooks.history.counts(*ref), await webhooks.replays.of(ref)
    return reply(200, status_body(endpoint, counts, replays).model_dump_json())


async def get_secret(request: web.Request) -> web.Response:
    ref = named(request)
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await existing(webhooks, ref)
        secret = _secret_of(webhooks, endpoint)
    body = WebhookSecret(
        secret=secret, generation=endpoint.generation, previous_secret_until=endpoint.previous_until
    )  # fmt: skip
    return reply(200, body.model_dump_json())


async def patch_webhook(request: web.Request) -> web.Response:
    ref = named(request)
    document = parse(await read_body(request))
    async with one_read(request, ref.shop) as webhooks:
        await _own(webhooks, ref)
        wanted, given = read_change(ref, document, webhooks.url_problem)
        changed = await webhooks.endpoints.change(wanted, sets_url="url" in given, sets_events="events" in given)
        webhooks.wake()
    return _answer(changed)


async def delete_webhook(request: web.Request) -> web.Response:
    ref = named(request)
    async with one_read(request, ref.shop) as webhooks:
        await _own(webhooks, ref)
        await webhooks.endpoints.remove(ref)
    return web.Response(status=204)


async def post_rotate(request: web.Request) -> web.Response:
    ref = named(request)
    rotation = read(RotateRequest, await read_optional(request))
    try:
        return await _rotate(request, ref, rotation)
    except TryAgain:
        if rotation.generation is not None:
            raise
        raise Problem(TRY_AGAIN, MAYBE_ROTATED, headers={hdrs.RETRY_AFTER: "1"}) from None


async def _rotate(request: web.Request, ref: EndpointRef, rotation: RotateRequest) -> web.Response:
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await _own(webhooks, ref)
        if (rotation.generation or 0) > endpoint.generation:
            raise invalid_field("generation", f"must be at most {endpoint.generation}, the secret's of now")
        keep, key_print = timedelta(hours=rotation.keep_hours), _fingerprint(webhooks)
        rotated = await webhooks.endpoints.rotate(ref, keep, key_print, rotation.generation)
        endpoint = rotated or await existing(webhooks, ref)  # whose secret was replaced before
        return reply(200, secret_body(endpoint, _secret_of(webhooks, endpoint)).model_dump_json())


async def post_enable(request: web.Request) -> web.Response:
    ref = named(request)
    read(EmptyBody, await read_optional(request))
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await existing(webhooks, ref)
        if endpoint.state is not EndpointState.ENABLED:
            enabled = await webhooks.endpoints.enable(ref, unless=DisabledReason.OPERATOR)
            endpoint = enabled or await existing(webhooks, ref)
            webhooks.wake()
        if endpoint.reason is DisabledReason.OPERATOR:
            raise Problem(WEBHOOK_OF_OPERATOR, OF_OPERATOR)
    return _answer(endpoint)


async def post_disable(request: web.Request) -> web.Response:
    ref = named(request)
    read(EmptyBody, await read_optional(request))
    async with one_read(request, ref.shop) as webhooks:
        endpoint: Endpoint | None = await existing(webhooks, ref)
        assert endpoint is not None
        if endpoint.state is EndpointState.ENABLED:
            endpoint = await webhooks.endpoints.disable(ref, DisabledReason.SHOP)
    return _answer(endpoint)


async def post_test(request: web.Request) -> web.Response:
    ref = named(request)
    read(EmptyBody, await read_optional(request))
    async with one_read(request, ref.shop) as webhooks:
        endpoint = await existing(webhooks, ref)
        if endpoint.url is None:
            raise Problem(WEBHOOK_HAS_NO_URL)
        _secret_of(webhooks, endpoint)
    async with request.app[TESTS].one_of(ref.shop):
        attempt = await webhooks.send_test(endpoint)
    return reply(200, test_body(attempt).model_dump_json())


def named(request: web.Request) -> EndpointRef:
    """Return which endpoint the path means, of the shop that calls."""
    return EndpointRef(request.app[CONTEXT].tokens.admit(request), request.match_info["name"])


async def existing(webhooks: ShopWebhooks, ref: EndpointRef) -> Endpoint:
    """Return the endpoint as it stands; raises Problem."""
    endpoint = await webhooks.endpoints.get(ref)
    if endpoint is None:
        raise Problem(WEBHOOK_NOT_FOUND)
    return endpoint


async def read_optional(request: web.Request) -> Any:
    """Read the body: none says the same as an empty object."""
    body = await read_body(request)
    return parse(body) if body.strip() else {}


async def _own(webhooks: ShopWebhooks, ref: EndpointRef) -> Endpoint:
    """Return an endpoint that the shop may change; raises Problem."""
    endpoint = await existing(webhooks, ref)
    if endpoint.source is EndpointSource.SETTINGS:
        raise Problem(WEBHOOK_OF_SETTINGS, OF_SETTINGS)
    return endpoint


async def _registered(webhooks: ShopWebhooks, wanted: WantedEndpoint) -> Endpoint | None:
    """Register it; None if there is one of that name."""
    try:
        return await webhooks.endpoints.register(
            wanted._replace(key_print=_fingerprint(webhooks)), EndpointSource.API
        )  # fmt: skip
    except EndpointExistsError:
        return None
    except TooManyEndpointsError:
        raise Problem(TOO_MANY_WEBHOOKS, "Remove one first: each event goes to all of them.") from None


def _is_as_wanted(endpoint: Endpoint, wanted: WantedEndpoint) -> bool:
    events, others = (None if types is None else set(types) for types in (endpoint.events, wanted.events))
    return (endpoint.url, events) == (wanted.url, others) and endpoint.source is not EndpointSource.SETTINGS


def _fingerprint(webhooks: ShopWebhooks) -> str:
    try:
        return webhooks.secrets.fingerprint
    except NoSecretError as error:
        raise Problem(NO_WEBHOOK_KEY, str(error)) from None


def _secret_of(webhooks: ShopWebhooks, endpoint: Endpoint) -> str:
    try:
        return webhooks.secrets.text_of(endpoint)
    except NoSecretError as error:
        raise Problem(NO_WEBHOOK_KEY, str(error)) from None


def _answer(endpoint: Endpoint | None) -> web.Response:
    if endpoint is None:  # somebody has removed it meanwhile
        raise Problem(WEBHOOK_NOT_FOUND)
    return reply(200, webhook_body(endpoint).model_dump_json())

"""One HTTP call of Click's: which shop it is for, whether it may come in, and an answer whatever happens."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from click_http import form, playground
from click_http.form import Body
from click_http.handlers import handle
from click_http.responses import FAILED, MALFORMED, Verdict, answer
from click_http.service import Service
from click_http.wire import COMPLETE, PREPARE
from core import Core, Overloaded, TryAgain
from inbound.allow_list import AllowListMode
from inbound.callers import NOT_RECORDED, FailedAuthLimiter
from inbound.exchange import EXCHANGE, Exchange
from schema.values import Provider

logger: Final = logging.getLogger(__name__)

METHODS: Final = {PREPARE: "Prepare", COMPLETE: "Complete"}
MAX_METHOD: Final = 32
MAIN: Final = "main"


@dataclass(frozen=True, slots=True)
class ClickContext:
    core: Core
    services: Mapping[str, Service]
    failed_auth: FailedAuthLimiter

    def service(self, shop: str | None) -> Service | None:
        """The shop's that the path names; without a name the main shop's, or the only one's."""
        if shop is None and MAIN not in self.services and len(self.services) == 1:
            return next(iter(self.services.values()))
        return self.services.get(MAIN if shop is None else shop)


CONTEXT: Final = web.AppKey("click", ClickContext)


async def callback(request: web.Request) -> web.Response:
    """HTTP 200 always: Click takes anything else for a shop that is down."""
    service = request.app[CONTEXT].service(request.match_info.get("shop"))
    cors = playground.headers(request, service)
    if request.method == hdrs.METH_OPTIONS and cors:
        _tell(request, service, Body(), code=0)
        return web.Response(headers=cors)
    received = await form.read(request) if request.method == hdrs.METH_POST else Body()
    verdict = await _judge(request, service, received)
    if verdict.failed and await request.app[CONTEXT].failed_auth.failed(Provider.CLICK, request.remote):
        request[NOT_RECORDED] = True
    response = _respond(request, service, received, verdict, cors)
    if received.broken_off:
        await _hang_up(request, response)
    return response


async def _judge(request: web.Request, service: Service | None, received: Body) -> Verdict:
    if service is None or received.fields is None or not _may_enter(request, service):
        return Verdict(MALFORMED, failed=True)
    try:
        return await handle(request.app[CONTEXT].core, service, received.fields)
    except Overloaded:
        request[NOT_RECORDED] = True
        return Verdict(FAILED)
    except TryAgain:
        return Verdict(FAILED)
    except Exception:
        logger.exception("call failed", extra={"interface": "click"})
        return Verdict(FAILED)


def _may_enter(request: web.Request, service: Service) -> bool:
    allow_list = service.allow_list
    if allow_list.misses(request.remote):
        request.app[CONTEXT].failed_auth.outside_allow_list(Provider.CLICK, service.shop, request.remote)
        return allow_list.mode is not AllowListMode.ENFORCE
    return True


def _respond(
    request: web.Request, service: Service | None, received: Body, verdict: Verdict, cors: Mapping[str, str]
) -> web.Response:
    text = json.dumps(answer(received.fields or {}, verdict))
    if NOT_RECORDED not in request:
        _tell(request, service, received, verdict.code.error, verdict, text)
    return web.Response(text=text, content_type="application/json", headers=cors)


async def _hang_up(request: web.Request, response: web.Response) -> None:
    """Answer and close at once. Left to itself the server would go on listening for the rest of the body."""
    response.force_close()
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()
    if request.transport is not None:
        request.transport.close()


def _tell(
    request: web.Request,
    service: Service | None,
    received: Body,
    code: int,
    verdict: Verdict | None = None,
    answered: str = "",
) -> None:
    request[EXCHANGE] = Exchange(
        interface=Provider.CLICK,
        shop=service.shop if service else None,
        method=_method(request, received),
        code=str(code),
        refusal=verdict.refusal if verdict else None,
        request=form.masked(received.text),
        answer=answered[: form.MAX_JOURNAL],
    )


def _method(request: web.Request, received: Body) -> str:
    if request.method != hdrs.METH_POST:
        return request.method[:MAX_METHOD]
    action = (received.fields or {}).get("action", "")
    return METHODS.get(action, action[:MAX_METHOD])

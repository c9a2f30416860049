"""One HTTP call of Click's: which shop it is for, whether it may come in, and an answer whatever happens."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from click_http import form, playground
from click_http.form import FormBody
from click_http.handlers import handle
from click_http.responses import FAILED, MALFORMED, Verdict, answer
from click_http.service import Service
from click_http.wire import COMPLETE, PREPARE
from core import Core, Overloaded, TryAgain
from inbound.body import respond_and_close
from inbound.callers import NOT_RECORDED, FailedAuthLimiter, count_failed_auth, is_allowed
from inbound.exchange import EXCHANGE, Exchange, exchange_text
from schema.values import Provider

logger: Final = logging.getLogger(__name__)

METHODS: Final = {PREPARE: "Prepare", COMPLETE: "Complete"}
MAX_METHOD: Final = 32


@dataclass(frozen=True, slots=True)
class ClickContext:
    core: Core
    services: Mapping[str | None, Service]
    """By the shop in the path; None is the path without one."""
    failed_auth: FailedAuthLimiter


CONTEXT: Final = web.AppKey("click", ClickContext)


async def callback(request: web.Request) -> web.Response:
    """HTTP 200 always: Click takes anything else for a shop that is down."""
    service = request.app[CONTEXT].services.get(request.match_info.get("shop"))
    cors = playground.headers(request, service)
    if request.method == hdrs.METH_OPTIONS and cors:
        _tell(request, service, FormBody(), code=0)
        return web.Response(headers=cors)
    received = await form.read(request) if request.method == hdrs.METH_POST else FormBody()
    verdict = await _judge(request, service, received)
    if verdict.failed:
        await count_failed_auth(request, request.app[CONTEXT].failed_auth, Provider.CLICK)
    response = _respond(request, service, received, verdict, cors)
    if received.broken_off:
        await respond_and_close(request, response)
    return response


async def _judge(request: web.Request, service: Service | None, received: FormBody) -> Verdict:
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
    limiter = request.app[CONTEXT].failed_auth
    return is_allowed(service.allow_list, request.remote, limiter, Provider.CLICK, service.shop)


def _respond(
    request: web.Request, service: Service | None, received: FormBody, verdict: Verdict, cors: Mapping[str, str]
) -> web.Response:
    text = json.dumps(answer(received.fields or {}, verdict))
    if NOT_RECORDED not in request:
        _tell(request, service, received, verdict.code.error, verdict, text)
    return web.Response(text=text, content_type="application/json", headers=cors)


def _tell(
    request: web.Request,
    service: Service | None,
    received: FormBody,
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
        answer=exchange_text(answered),
    )


def _method(request: web.Request, received: FormBody) -> str:
    if request.method != hdrs.METH_POST:
        return request.method[:MAX_METHOD]
    action = (received.fields or {}).get("action", "")
    return METHODS.get(action, action[:MAX_METHOD])

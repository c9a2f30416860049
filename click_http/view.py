"""Answers every call of Click's, whatever happens, and reports it to the journal."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Final, cast

from aiohttp import hdrs, web

from click_http import form, playground
from click_http.about import read_about
from click_http.context import CONTEXT
from click_http.errors import ALREADY_PAID, FAILED, MALFORMED, SUCCESS
from click_http.form import FormBody
from click_http.handlers import handle
from click_http.responses import CallResult, answer
from click_http.service import Service
from click_http.wire import COMPLETE, PREPARE, int64
from core import Overloaded, TryAgain
from inbound.body import respond_and_close
from inbound.callers import NOT_RECORDED, accept_caller, count_failed_auth, is_allowed
from inbound.exchange import EXCHANGE, Exchange, exchange_text
from inbound.short_calls import NeedsRequest, ShortAnswer, ShortCall
from schema.test_mode import split
from schema.values import Provider

log: Final = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/json; charset=utf-8"

METHOD_NAMES: Final = {PREPARE: "Prepare", COMPLETE: "Complete"}
METHOD_MAX_CHARACTERS: Final = 32

NAMED: Final = {
    "account": "merchant_trans_id",
    "payment_id": "merchant_prepare_id",
    "click_trans_id": "click_trans_id",
    "click_paydoc_id": "click_paydoc_id",
}
"""The names in a log line, and Click's."""
NAMED_MAX_CHARACTERS: Final = 255


async def callback(request: web.Request) -> web.Response:
    """HTTP 200 always: Click takes anything else for a shop that is down."""
    services = request.app[CONTEXT].services.get(request.match_info.get("shop"), ())
    cors = playground.headers(request, services)
    if request.method == hdrs.METH_OPTIONS and cors:
        if not await count_failed_auth(request, request.app[CONTEXT].failed_auth, Provider.CLICK):
            _report(request, _service(services, FormBody()), FormBody(), code=0)
        return web.Response(headers=cors)
    received = await form.read_form(request) if request.method == hdrs.METH_POST else FormBody()
    text = await _answer(request, services, received)
    response = web.Response(text=text, content_type="application/json", headers=cors)
    if received.failure is not None:
        await respond_and_close(request, response, received.failure)
    return response


async def answer_short(call: ShortCall) -> ShortAnswer:
    if hdrs.ORIGIN in call.headers:  # a page may want to read the answer
        raise NeedsRequest
    request = cast(web.Request, call)  # it has what is used of one
    services = call.app[CONTEXT].services.get(call.match_info.get("shop"), ())
    text = await _answer(request, services, await form.read_form(request))
    return ShortAnswer(text.encode(), CONTENT_TYPE)


async def _answer(request: web.Request, services: Sequence[Service], received: FormBody) -> str:
    service = _service(services, received)
    result = await _result(request, service, received)
    if result.failed_auth:
        await count_failed_auth(request, request.app[CONTEXT].failed_auth, Provider.CLICK)
    text = json.dumps(answer(received.fields or {}, result))
    if service is not None and result.code is not FAILED and _is_refused_debit(received, result):
        _log_refused_debit(service, received.fields or {}, result)
    if NOT_RECORDED not in request:
        _report(request, service, received, result.code.error, result, text)
    return text


def _service(services: Sequence[Service], received: FormBody) -> Service | None:
    """The service that the form names. One that names none of the shop's is held against the first's secret."""
    named = (received.fields or {}).get("service_id")
    return next((service for service in services if str(service.service_id) == named), next(iter(services), None))


async def _result(request: web.Request, service: Service | None, received: FormBody) -> CallResult:
    if service is None or received.fields is None or not _is_allowed(request, service):
        return CallResult(MALFORMED, failed_auth=True)
    try:
        return await handle(request.app[CONTEXT].core, service, received.fields, lambda: accept_caller(request))
    except Overloaded:
        request[NOT_RECORDED] = True
        return CallResult(FAILED)
    except TryAgain:
        return CallResult(FAILED)
    except Exception:
        log.exception("call failed", extra={"interface": "click", **read_about(received.fields)._asdict()})
        return CallResult(FAILED)


def _is_allowed(request: web.Request, service: Service) -> bool:
    limiter = request.app[CONTEXT].failed_auth
    return is_allowed(service.allow_list, request.remote, limiter, Provider.CLICK, split(service.shop)[0])


def _report(
    request: web.Request,
    service: Service | None,
    received: FormBody,
    code: int,
    result: CallResult | None = None,
    answer_text: str = "",
) -> None:
    request[EXCHANGE] = Exchange(
        interface=Provider.CLICK,
        shop=service.shop if service else None,
        method=_method(request, received),
        code=str(code),
        refusal=result.refusal if result else None,
        request=form.masked(received.text),
        answer=exchange_text(answer_text),
        is_refused_payment=result is not None and _is_refused_debit(received, result),
        about=read_about(received.fields or {}),
        failed_auth=result is None or result.failed_auth,
    )


def _is_refused_debit(received: FormBody, result: CallResult) -> bool:
    """Return whether Click said that a card was debited, and did not hear that the order is paid."""
    fields = received.fields or {}
    is_debit = fields.get("action") == COMPLETE and int64(fields.get("error", "")) == 0
    return is_debit and not result.failed_auth and result.code not in (SUCCESS, ALREADY_PAID)


def _log_refused_debit(service: Service, fields: Mapping[str, str], result: CallResult) -> None:
    """Say of a debited card that it has paid for nothing, with all that a person needs to find it here and at Click.

    Not after -7: then Click calls again, and what failed is logged already.
    """
    shop, test = split(service.shop)
    log.error(
        "click has debited a card for nothing",
        extra={
            "shop": shop,
            "test": test,
            **{name: fields.get(field, "")[:NAMED_MAX_CHARACTERS] for name, field in NAMED.items()},
            "code": result.code.error,
            "refusal": result.refusal,
            "hint": "the order is unpaid: find out from Click whether it has given the money back",
        },
    )


def _method(request: web.Request, received: FormBody) -> str:
    if request.method != hdrs.METH_POST:
        return request.method[:METHOD_MAX_CHARACTERS]
    action = (received.fields or {}).get("action", "")
    return METHOD_NAMES.get(action, action[:METHOD_MAX_CHARACTERS])

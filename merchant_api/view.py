"""Answers every call, whatever happens, and reports it to the journal."""

import logging
from math import ceil
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from core import TryAgain
from inbound.body import respond_and_close
from inbound.callers import accept_caller, count_failed_auth
from inbound.exchange import EXCHANGE, About, Exchange, exchange_text
from inbound.traceback import drop_traceback
from merchant_api.context import CONTEXT
from merchant_api.errors import FAILED, REJECTED, TOO_MANY, TRY_AGAIN, UNKNOWN_PATH, WRONG_METHOD, Problem
from merchant_api.handlers import ACCOUNT, REFUSAL, reply
from merchant_api.json_body import BODY
from merchant_api.order_path import account_in
from merchant_api.tokens import SHOP
from merchant_api.webhook_masks import PREFIX, masked

log: Final = logging.getLogger(__name__)

LABELLED_METHODS: Final = frozenset(
    {
        *(hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST, hdrs.METH_PATCH, hdrs.METH_DELETE),
        hdrs.METH_OPTIONS,
    }
)


@web.middleware
async def answer_every_call(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await _answer(request, handler)
    retry_after = await _seconds_unrecorded(request)
    if not retry_after:
        request[EXCHANGE] = _exchange(request, response, failed_auth=retry_after is not None)
        return response
    if response.status < 400:  # what needs no token
        return response
    return _respond(
        Problem(TOO_MANY, "A valid token is always served.", headers={hdrs.RETRY_AFTER: str(ceil(retry_after))})
    )


async def _seconds_unrecorded(request: web.Request) -> float | None:
    """Seconds for which failed authentication from this address is not recorded; None for every call with a good
    token."""
    context = request.app[CONTEXT]
    if SHOP in request:
        return None
    if context.tokens.caller(request) is not None:
        accept_caller(request)
        return None
    return await count_failed_auth(request, context.failed_auth, "api")


async def _answer(request: web.Request, handler: Handler) -> web.Response:
    try:
        response = await handler(request)
        assert isinstance(response, web.Response)
        return response
    except Problem as problem:
        response = _respond(problem)
        if problem.body_failure is not None:
            await respond_and_close(request, response, problem.body_failure)
        return response
    except TryAgain:
        return _respond(
            Problem(
                TRY_AGAIN, "The same call may be sent again: nothing is done twice.", headers={hdrs.RETRY_AFTER: "1"}
            )
        )
    except web.HTTPMethodNotAllowed as error:
        drop_traceback(error)
        allow: dict[str, str] = {hdrs.ALLOW: ", ".join(sorted({*error.allowed_methods, hdrs.METH_OPTIONS}))}
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(status=204, headers=allow)
        return _respond(Problem(WRONG_METHOD, headers=allow))
    except web.HTTPException as error:
        drop_traceback(error)
        return _respond(Problem(UNKNOWN_PATH if error.status == 404 else REJECTED))
    except Exception:
        log.exception("call failed", extra={"interface": "api", "account": _account(request)})
        return _respond(Problem(FAILED, "It is logged. The same call again, with the same Idempotency-Key, is safe."))


def _respond(problem: Problem) -> web.Response:
    response = reply(problem.kind.status, problem.text)
    response.headers.update(problem.headers)
    return response


def _exchange(request: web.Request, response: web.Response, *, failed_auth: bool) -> Exchange:
    return Exchange(
        interface="api",
        shop=request.get(SHOP),
        method=_method(request),
        code=str(response.status),
        refusal=request.get(REFUSAL),
        request=_request_text(request),
        answer=exchange_text(_kept(request, response.text or "")),
        about=About(_account(request)),
        failed_auth=failed_auth,
    )


def _account(request: web.Request) -> str | None:
    """The account that the path names, or the body of a new order, whether or not anything came of it."""
    return request.get(ACCOUNT) or account_in(request)


def _method(request: web.Request) -> str:
    """One of a few words: what the caller made up must not become a label of a metric."""
    verb = request.method if request.method in LABELLED_METHODS else "other"
    return f"{verb} {request.match_info.route.name or 'unknown'}"


def _request_text(request: web.Request) -> str:
    """The path, which names the order, and the body. Neither holds a token; a query might, by mistake."""
    body = _kept(request, request.get(BODY, b"").decode("utf-8", "replace"))
    path = request.rel_url.raw_path.encode("utf-8", "replace").decode()
    return exchange_text(f"{request.method} {path}\n{body}")


def _kept(request: web.Request, body: str) -> str:
    """What the journal may have of a body, sent or answered."""
    return masked(body) if request.path.startswith(PREFIX) else body  # decoded, as it is routed

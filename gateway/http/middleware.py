"""What is done around every call: its correlation id, its caller's true address, and what is kept of it afterwards."""

import logging
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from core import Clock, correlation_id
from gateway.http.client_address import Network, client_address
from gateway.observability import logs
from gateway.observability.journal import Entry, Journal
from gateway.observability.metrics import Metrics
from inbound.callers import NOT_RECORDED, FailedAuthLimiter
from inbound.exchange import EXCHANGE, Exchange

log = logging.getLogger(__name__)

REQUEST_ID: Final = "X-Request-ID"
NO_INTERFACE: Final = "none"
METHOD_MAX_CHARACTERS: Final = 16
PATH_MAX_CHARACTERS: Final = 200
ACCEPTABLE_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class Watch:
    """What the middleware needs."""

    journal: Journal
    metrics: Metrics
    clock: Clock
    trusted_proxies: Sequence[Network]
    failed_auth: FailedAuthLimiter

    def keep(self, exchange: Exchange, seconds: float, remote: str | None, call_id: str) -> None:
        self.metrics.answered(exchange.interface, exchange.method, exchange.code, seconds)
        at = self.clock()
        self.journal.put(Entry(exchange, at, int(seconds * 1_000_000), remote, call_id))
        logs.call(exchange, at, seconds, remote, call_id)

    async def stray(self, request: web.Request, status: int, seconds: float) -> None:
        """Record a call that no interface answered: a callback to a mistyped path, or an error outside of them."""
        if status != 500 and await self.failed_auth.failed(NO_INTERFACE, request.remote):
            return
        self.metrics.answered(NO_INTERFACE, request.method, str(status), seconds)
        log.info(
            "call to no interface",
            extra={
                "method": request.method[:METHOD_MAX_CHARACTERS],
                "path": request.path[:PATH_MAX_CHARACTERS],
                "status": status,
                "remote": request.remote,
            },
        )


WATCH: Final = web.AppKey("watch", Watch)


def setup(app: web.Application, watch: Watch) -> None:
    """The application is to be made with `observe` as its outermost middleware."""
    app[WATCH] = watch
    app.on_response_prepare.append(_name_the_call)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    watch = request.app[WATCH]
    call_id = _call_id(request)
    correlation_id.set(call_id)
    request = _from_its_caller(request, watch.trusted_proxies)
    watch.metrics.in_flight.inc()
    began = perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        seconds = perf_counter() - began
        watch.metrics.in_flight.dec()
        exchange = request.get(EXCHANGE)
        if exchange is not None:
            watch.keep(exchange, seconds, request.remote, call_id)
        elif status == 500 or (request.match_info.http_exception is not None and NOT_RECORDED not in request):
            await watch.stray(request, status, seconds)


def _call_id(request: web.Request) -> str:
    theirs = request.headers.get(REQUEST_ID)
    if theirs is not None and ACCEPTABLE_ID.fullmatch(theirs):
        return theirs
    return f"{random.getrandbits(128):032x}"


def _from_its_caller(request: web.Request, trusted: Sequence[Network]) -> web.Request:
    """The request with its caller's true address; the same one unless a trusted proxy brought it."""
    if not trusted:
        return request
    peer = request.remote
    caller = client_address(peer, request.headers.getall(hdrs.X_FORWARDED_FOR, ()), trusted)
    return request if caller == peer or caller is None else request.clone(remote=caller)


async def _name_the_call(_: web.Request, response: web.StreamResponse) -> None:
    """Into every answer, streamed ones too: both run in the call's own context."""
    if call_id := correlation_id.get():
        response.headers[REQUEST_ID] = call_id

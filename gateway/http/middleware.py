"""The middleware gives every call its correlation id and its caller's true address, and records it afterwards."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from traceback import format_exc
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from multidict import CIMultiDictProxy

from core import Clock, Restores, correlation_id
from gateway.http.client_address import client_address
from gateway.http.request_ids import HEADER, request_id
from gateway.observability import logs
from gateway.observability.journal import Entry, Journal
from gateway.observability.metrics import NO_INTERFACE, Metrics
from gateway.observability.record_size import cut_entry, cut_text, entry_bytes, line_bytes
from inbound.allow_list import Network
from inbound.callers import NOT_RECORDED, FailedAuthLimiter
from inbound.exchange import EXCHANGE, Exchange
from inbound.short_calls import NeedsRequest, ShortAnswer, ShortCall
from inbound.traceback import drop_traceback
from schema.test_mode import is_twin

log = logging.getLogger(__name__)

ERROR_TEXT: Final = "500: an error of ours"
METHOD_MAX_CHARACTERS: Final = 16
PATH_MAX_BYTES: Final = 400
"""With method and id it is what is kept of any failed authentication, at most."""


@dataclass(frozen=True, slots=True)
class CallRecorder:
    """Records calls in journal, log and metrics."""

    journal: Journal
    metrics: Metrics
    clock: Clock
    trusted_proxies: Sequence[Network]
    failed_auth: FailedAuthLimiter
    restores: Restores

    def record(self, exchange: Exchange, seconds: float, remote: str | None, call_id: str) -> None:
        at = self.clock()
        if exchange.failed_auth:
            entry = cut_entry(Entry(exchange, at, int(seconds * 1_000_000), remote, call_id))
            if not self.failed_auth.pay(exchange.interface, entry_bytes(entry)):
                return
            exchange = entry.exchange
        self.metrics.answered(exchange.interface, exchange.method, exchange.code, seconds)
        if exchange.is_refused_payment and exchange.shop and not is_twin(exchange.shop):  # nobody paid in test mode
            self.metrics.refused_payments[exchange.interface].labels(exchange.shop, exchange.code).inc()
        if not self.restores.is_suspended:  # its ids would be given again
            self.journal.put(Entry(exchange, at, int(seconds * 1_000_000), remote, call_id))
        logs.call(exchange, at, seconds, remote, call_id)

    async def record_outside_interfaces(self, request: web.Request | ShortCall, status: int, seconds: float) -> None:
        """Record a call that no interface answered: a callback to a mistyped path, or an error outside of them."""
        if status != 500 and await self.failed_auth.failed(NO_INTERFACE, request.remote):
            return
        method, path = request.method[:METHOD_MAX_CHARACTERS], cut_text(request.path, PATH_MAX_BYTES)
        if not self.failed_auth.pay(NO_INTERFACE, line_bytes(method, path, request.remote)):
            return
        self.metrics.answered(NO_INTERFACE, request.method, str(status), seconds)
        log.info(
            "call to no interface",
            extra={"method": method, "path": path, "status": status, "remote": request.remote},
        )

    def log_error(self) -> None:
        """Log an error that no interface has answered: whoever found out how to cause it can do so at will."""
        if self.failed_auth.pay(NO_INTERFACE, line_bytes(format_exc())):
            log.exception("call failed", extra={"interface": NO_INTERFACE})


CALL_ID: Final = web.RequestKey("call_id", str)
"""Of a request that was a short call first, and has its id."""

RECORDER: Final = web.AppKey("recorder", CallRecorder)


def setup(app: web.Application, recorder: CallRecorder) -> None:
    """Prepare an application that was made with `observe` as its outermost middleware."""
    app[RECORDER] = recorder
    app.on_response_prepare.append(_add_request_id)


@web.middleware
async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
    recorder = request.app[RECORDER]
    call_id = request.get(CALL_ID) or request_id(request.headers)
    correlation_id.set(call_id)
    request = _with_caller_address(request, recorder.trusted_proxies)
    recorder.metrics.in_flight.value += 1
    began = perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        drop_traceback(error)
        return web.Response(status=status, body=error.body, headers=error.headers)
    except Exception:
        if request.writer.output_size:  # an answer has begun: aiohttp cuts the connection off
            raise
        recorder.log_error()
        return web.Response(status=500, text=ERROR_TEXT)
    finally:
        seconds = perf_counter() - began
        recorder.metrics.in_flight.value -= 1
        exchange = request.get(EXCHANGE)
        if exchange is not None:
            recorder.record(exchange, seconds, request.remote, call_id)
        elif status == 500 or (request.match_info.http_exception is not None and NOT_RECORDED not in request):
            await recorder.record_outside_interfaces(request, status, seconds)


async def observe_short(call: ShortCall) -> ShortAnswer:
    """Do the same for a short call."""
    recorder = call.app[RECORDER]
    call_id = request_id(call.headers)
    correlation_id.set(call_id)
    call.remote = _caller_address(call.remote, call.headers, recorder.trusted_proxies)
    recorder.metrics.in_flight.value += 1
    began = perf_counter()
    is_ours = False
    try:
        return await call.view(call)
    except NeedsRequest:
        raise
    except asyncio.CancelledError:  # the gateway has stopped
        is_ours = True
        raise
    except Exception:
        is_ours = True
        recorder.log_error()
        return ShortAnswer(ERROR_TEXT.encode(), "text/plain; charset=utf-8", "500 Internal Server Error")
    finally:
        seconds = perf_counter() - began
        recorder.metrics.in_flight.value -= 1
        exchange = call.get(EXCHANGE)
        if exchange is not None:
            recorder.record(exchange, seconds, call.remote, call_id)
        elif is_ours:
            await recorder.record_outside_interfaces(call, 500, seconds)


def _with_caller_address(request: web.Request, trusted: Sequence[Network]) -> web.Request:
    """Give the request its caller's true address; it is the same request unless a trusted proxy forwarded it."""
    caller = _caller_address(request.remote, request.headers, trusted)
    return request if caller == request.remote or caller is None else request.clone(remote=caller)


def _caller_address(peer: str | None, headers: CIMultiDictProxy[str], trusted: Sequence[Network]) -> str | None:
    return client_address(peer, headers.getall(hdrs.X_FORWARDED_FOR, ()), trusted) if trusted else peer


async def _add_request_id(_: web.Request, response: web.StreamResponse) -> None:
    """Put the id into every answer, streamed ones too: both run in the call's own context."""
    if call_id := correlation_id.get():
        response.headers[HEADER] = call_id

"""Health says whether the gateway is alive, and whether it should be given calls."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import hdrs, web

from gateway.liveness import Liveness
from gateway.readiness import Readiness

LIVENESS: Final = web.AppKey("liveness", Liveness)
READINESS: Final = web.AppKey("readiness", Readiness)


def setup(app: web.Application, readiness: Readiness) -> None:
    app[LIVENESS] = Liveness()
    app[READINESS] = readiness

    async def close_when_draining(_: web.Request, response: web.StreamResponse) -> None:
        """Make each answer the last on its connection: a caller that keeps it open would send its next call to a closed
        one. It connects again, to a process that is ready."""
        if readiness.draining:
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"

    app.on_response_prepare.append(close_when_draining)
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)


async def live(request: web.Request) -> web.Response:
    if reason := request.app[LIVENESS].reason:
        return _answer({"status": "failed", "reason": reason}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    readiness = request.app[READINESS]
    if readiness.draining:
        return _answer({"status": "draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
    if (obstacle := await readiness.obstacle()) is not None:
        details = {"missing": obstacle.missing or None, "skew_seconds": obstacle.skew_seconds}
        body: dict[str, Any] = {"status": "unavailable", "reason": obstacle.reason}
        body |= {name: value for name, value in details.items() if value is not None}
        return _answer(body, HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer({"status": "ready"})


def _answer(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")

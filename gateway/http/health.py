"""Health says whether the gateway is alive, and whether it should be given calls."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import hdrs, web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from core import Autocommit

PING: Final = text("SELECT 1")
PING_SECONDS: Final = 1.0
"""Who asks should not wait longer to learn that the gateway is not ready."""


class Readiness:
    """Ready while the database answers and the gateway is not about to stop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = Autocommit(engine)
        self._ping: asyncio.Task[bool] | None = None
        self.draining = False
        """The gateway is to stop: new calls should go elsewhere, and are still answered."""

    def begin_draining(self) -> bool:
        """Be "not ready" from now on. Returns whether it was before."""
        before, self.draining = self.draining, True
        return before

    async def database_answers(self) -> bool:
        """Whether it does within a second.

        A ping that hangs is not cancelled: that would be to wait for it. Meanwhile no other is started.
        """
        if self._ping is None or self._ping.done():
            self._ping = asyncio.create_task(self._try_ping())
        done, _ = await asyncio.wait({self._ping}, timeout=PING_SECONDS)
        return bool(done) and self._ping.result()

    async def _try_ping(self) -> bool:
        try:
            async with self._engine.connect() as connection:
                await connection.execute(PING)
        except Exception:  # a database can be away in many ways: they are one answer
            return False
        return True


READINESS: Final = web.AppKey("readiness", Readiness)


def setup(app: web.Application, engine: AsyncEngine) -> None:
    readiness = app[READINESS] = Readiness(engine)

    async def close_when_draining(_: web.Request, response: web.StreamResponse) -> None:
        """Make each answer the last on its connection: a caller that keeps it open would send its next call to a closed
        one. It connects again, to a process that is ready."""
        if readiness.draining:
            response.force_close()
            response.headers[hdrs.CONNECTION] = "close"

    app.on_response_prepare.append(close_when_draining)
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)


async def live(_: web.Request) -> web.Response:
    return _answer({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    readiness = request.app[READINESS]
    if readiness.draining:
        return _answer({"status": "draining"}, HTTPStatus.SERVICE_UNAVAILABLE)
    if not await readiness.database_answers():
        return _answer({"status": "unavailable", "reason": "database"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _answer({"status": "ready"})


def _answer(body: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")

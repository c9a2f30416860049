"""How the parts are put together: one application, its doors, its core, and the work beside them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

import click_http
import merchant_api
import payme_rpc
from core import BATCH_MAX_COMMANDS, Clock, Core, delete_old_idempotency_keys, pools, wall_clock
from gateway.config.settings import Settings
from gateway.http import health, middleware
from gateway.jobs.audit_job import Auditor
from gateway.observability import logs
from gateway.observability import metrics as metrics_page
from gateway.observability.core_observer import CoreObserver
from gateway.observability.journal import Journal
from gateway.shops import api_tokens, cash_boxes, click_services, links
from gateway.throttle.failed_auth import failed_auth

log = logging.getLogger(__name__)

MAX_BODY: Final = 64 * 1024
HOUSEKEEPING_PERIOD: Final = 3600.0

CORE: Final = web.AppKey("core", Core)
AUDITOR: Final = web.AppKey("auditor", Auditor)


async def build_app(
    settings: Settings, database_url: str, clock: Clock = wall_clock, batch: int = BATCH_MAX_COMMANDS
) -> web.Application:
    """The gateway, ready to be served. What it opens is closed by the application's cleanup."""
    stack = AsyncExitStack()
    payments, reports = await stack.enter_async_context(pools(database_url, pooled=settings.database_pooled))
    metrics = metrics_page.Metrics()
    logs.count_lost(metrics.log_dropped.inc)
    journal = Journal(reports, metrics.journal_dropped.inc)
    core = _core(settings, payments, reports, clock, CoreObserver(metrics), batch)
    failed = await stack.enter_async_context(failed_auth(settings, metrics))
    auditor = Auditor(settings, database_url, clock, metrics)

    app = web.Application(middlewares=[middleware.observe], client_max_size=MAX_BODY)
    app[CORE] = core
    app[AUDITOR] = auditor
    middleware.setup(app, middleware.Watch(journal, metrics, clock, settings.trusted_proxies, failed))
    health.setup(app, reports)
    metrics_page.setup(app, metrics)
    boxes = cash_boxes(settings)
    payme_rpc.setup(app, core, boxes, failed)
    click_http.setup(app, core, click_services(settings), failed)
    merchant_api.setup(app, core, api_tokens(settings), links(settings), failed)
    if any(box.sandbox for box in boxes.values()):
        from gateway import sandbox_page  # brings a template engine and both suites along

        sandbox_page.setup(app, core, settings)

    async def work_beside(_: web.Application) -> AsyncIterator[None]:
        keep = timedelta(days=settings.exchanges_keep_days)

        async def keep_house() -> None:
            await journal.forget(clock() - keep)
            await delete_old_idempotency_keys(reports, clock())

        async with stack, journal.writing(), _beside(core.sweeper.run()), _beside(_every_hour(keep_house)):
            async with _beside(auditor.run()):
                yield
            await core.close()

    app.cleanup_ctx.append(work_beside)
    return app


@asynccontextmanager
async def open_core(settings: Settings, database_url: str, clock: Clock = wall_clock) -> AsyncIterator[Core]:
    """The core alone, for commands of the operator."""
    async with pools(database_url, pooled=settings.database_pooled) as (payments, reports):
        core = _core(settings, payments, reports, clock)
        yield core
        await core.close()


def _core(
    settings: Settings,
    payments: AsyncEngine,
    reports: AsyncEngine,
    clock: Clock,
    observer: CoreObserver | None = None,
    batch: int = BATCH_MAX_COMMANDS,
) -> Core:
    reservation = timedelta(seconds=settings.click_reservation)
    return Core(payments, reports, clock=clock, observer=observer, click_reservation=reservation, batch=batch)


@asynccontextmanager
async def _beside(work: Awaitable[None]) -> AsyncIterator[None]:
    """Run it for as long as the context lasts."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _every_hour(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(HOUSEKEEPING_PERIOD)
        try:
            await work()
        except Exception:
            log.warning("housekeeping failed and will be tried again", exc_info=True)

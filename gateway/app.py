"""The composition puts one application together from the core, the interfaces, and the jobs beside them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

import click_http
import merchant_api
import payme_rpc
from core import (
    BATCH_MAX_COMMANDS,
    Clock,
    Core,
    DatabaseClock,
    Uptime,
    database_now,
    delivery_pool,
    journal_pool,
    pools,
    readiness_pool,
    wall_clock,
)
from gateway.config.settings import Settings
from gateway.extras import has_sandbox
from gateway.http import health, library_defaults, middleware
from gateway.jobs.audit_job import Auditor
from gateway.jobs.periodic import running
from gateway.jobs.schedule import periodic_jobs, readiness_job, unless_a_worker_lives
from gateway.observability import logs
from gateway.observability import metrics as metrics_page
from gateway.observability.core_observer import CoreObserver
from gateway.observability.journal import Journal
from gateway.outbound import Outbound, delivery_clock
from gateway.payment_links import payment_links
from gateway.periods import periods
from gateway.readiness import Readiness
from gateway.shops import api_tokens, cash_boxes, click_service_ids, click_services
from gateway.throttle.failed_auth import FAILED_AUTH, failed_auth
from gateway.webhook_secrets import WebhookSecrets
from gateway.webhooks import shop_webhooks
from inbound.body import BODY_MAX_BYTES

CORE: Final = web.AppKey("core", Core)
AUDITOR: Final = web.AppKey("auditor", Auditor)
OUTBOUND: Final = web.AppKey("outbound", Outbound)


async def build_app(
    settings: Settings,
    database_url: str,
    clock: Clock = wall_clock,
    database_clock: DatabaseClock = database_now,
    batch: int = BATCH_MAX_COMMANDS,
    processes: int = 1,
    uptime: Uptime | None = None,
) -> web.Application:
    """Build the gateway, ready to be served. The application's cleanup closes what this opens.

    `processes`: how many of it serve together.
    """
    stack = AsyncExitStack()
    payments, reports = await stack.enter_async_context(pools(database_url, pooled=settings.database_pooled))
    asking = await stack.enter_async_context(readiness_pool(database_url, pooled=settings.database_pooled))
    records = await stack.enter_async_context(journal_pool(database_url, pooled=settings.database_pooled))
    sending = await stack.enter_async_context(delivery_pool(database_url, pooled=settings.database_pooled))
    metrics = metrics_page.Metrics()
    logs.count_lost(metrics.log_dropped.inc)
    journal = Journal(records, metrics.journal_dropped.inc)
    observer = CoreObserver(metrics)
    core = _core(settings, payments, reports, clock, database_clock, observer, batch, uptime)
    outbound = Outbound(settings, sending, WebhookSecrets(settings), metrics.webhooks, delivery_clock(clock), core)
    observer.ring = outbound.ring
    readiness = Readiness(asking, core.clocks, core.restores)
    stack.push_async_callback(readiness.close)
    limiter = await stack.enter_async_context(failed_auth(settings, metrics, processes))
    auditor = Auditor(settings, database_url, core.clocks.now, metrics)

    library_defaults.setup()
    app = web.Application(middlewares=[middleware.observe], client_max_size=BODY_MAX_BYTES)
    app[CORE] = core
    app[AUDITOR] = auditor
    app[OUTBOUND] = outbound
    app[FAILED_AUTH] = limiter
    middleware.setup(
        app, middleware.CallRecorder(journal, metrics, clock, settings.trusted_proxies, limiter, core.restores)
    )
    health.setup(app, readiness)
    metrics_page.setup(app, metrics)
    boxes = cash_boxes(settings)
    payme_rpc.setup(app, core, boxes, limiter, settings.former_names)
    click_http.setup(app, core, click_services(settings), limiter, settings.former_names)
    limits = merchant_api.Limits(settings.api_orders_a_second, settings.api_reads_at_once, settings.api_page_bytes)
    tokens, links, service_ids = api_tokens(settings), payment_links(settings), click_service_ids(settings)
    webhooks = shop_webhooks(settings, sending, delivery_clock(clock), clock, outbound.wake)
    merchant_api.setup(app, core, tokens, links, service_ids, limiter, limits, webhooks)
    if any(box.has_test_mode for box in boxes.values()) and has_sandbox():
        from gateway import sandbox_page  # brings a template engine and both suites along

        sandbox_page.setup(app, core, settings)

    jobs = unless_a_worker_lives(periodic_jobs(settings, core, journal, reports, auditor), reports)
    jobs.append(readiness_job(readiness))

    async def run_beside_the_calls(_: web.Application) -> AsyncIterator[None]:
        async with stack, journal.writing(), metrics.flushing():
            await core.restores.read_first(asking)  # before the first call, which would have to wait for it
            async with running(jobs), outbound.serving():
                yield
            await core.close()

    app.cleanup_ctx.append(run_beside_the_calls)
    return app


@asynccontextmanager
async def open_core(
    settings: Settings, database_url: str, clock: Clock = wall_clock, database_clock: DatabaseClock = database_now
) -> AsyncIterator[Core]:
    """Open the core alone, for the operator's commands."""
    async with pools(database_url, pooled=settings.database_pooled) as (payments, reports):
        core = _core(settings, payments, reports, clock, database_clock)
        yield core
        await core.close()


def _core(
    settings: Settings,
    payments: AsyncEngine,
    reports: AsyncEngine,
    clock: Clock,
    database_clock: DatabaseClock,
    observer: CoreObserver | None = None,
    batch: int = BATCH_MAX_COMMANDS,
    uptime: Uptime | None = None,
) -> Core:
    return Core(
        payments,
        reports,
        clock=clock,
        database_clock=database_clock,
        uptime=uptime,
        observer=observer,
        periods=periods(settings),
        batch=batch,
    )

"""The worker does what goes on beside the calls: it sends events, ends what has expired, deletes what is old."""

import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from core import (
    REPORT_SECONDS,
    Clock,
    Core,
    DatabaseClock,
    NoticesLostError,
    database_now,
    delivery_pool,
    in_words,
    journal_pool,
    listen,
    make_engine,
    pools,
    readiness_pool,
    report_worker,
    retire_worker,
    wall_clock,
)
from gateway.config.database_url import for_asyncpg
from gateway.config.settings import Settings
from gateway.http import health, library_defaults
from gateway.jobs.audit_job import Auditor
from gateway.jobs.periodic import Periodic, running
from gateway.jobs.schedule import periodic_jobs, readiness_job
from gateway.observability import metrics as metrics_page
from gateway.observability.core_observer import CoreObserver
from gateway.observability.journal import Journal
from gateway.outbound import POLL_WITHOUT_NOTICES_SECONDS, Outbound, delivery_clock
from gateway.periods import periods
from gateway.readiness import Readiness
from gateway.webhook_secrets import WebhookSecrets
from outbound.webhooks.worker import POLL_SECONDS

log = logging.getLogger(__name__)

LISTEN_RETRY_SECONDS: Final = 5.0

HINT: Final = (
    "events are looked for four times a second instead: behind a pooler in transaction mode name the server itself in"
    " DATABASE_LISTEN_URL"
)


WORKER_OUTBOUND: Final = web.AppKey("outbound", Outbound)


async def build_worker(
    settings: Settings, database_url: str, clock: Clock = wall_clock, database_clock: DatabaseClock = database_now
) -> web.Application:
    """Build the worker with its pages of health and metrics. The application's cleanup closes what this opens."""
    stack = AsyncExitStack()
    pooled = settings.database_pooled
    payments, reports = await stack.enter_async_context(pools(database_url, pooled=pooled))
    asking = await stack.enter_async_context(readiness_pool(database_url, pooled=pooled))
    records = await stack.enter_async_context(journal_pool(database_url, pooled=pooled))
    sending = await stack.enter_async_context(delivery_pool(database_url, pooled=pooled))
    metrics = metrics_page.Metrics()
    observer = CoreObserver(metrics)
    core = Core(
        payments, reports, clock=clock, database_clock=database_clock, observer=observer, periods=periods(settings)
    )
    journal = Journal(records, metrics.journal_dropped.inc)
    readiness = Readiness(asking, core.clocks, core.restores)
    stack.push_async_callback(readiness.close)
    auditor = Auditor(settings, database_url, core.clocks.now, metrics)
    outbound = Outbound(settings, sending, WebhookSecrets(settings), metrics.webhooks, delivery_clock(clock), core)
    observer.ring = outbound.hear
    notices = NoticeListener(settings, database_url, outbound, metrics)
    process = f"{socket.gethostname()}:{os.getpid()}"

    library_defaults.setup()
    app = web.Application()
    health.setup(app, readiness)
    metrics_page.setup(app, metrics)
    app[WORKER_OUTBOUND] = outbound
    jobs = [
        *periodic_jobs(settings, core, journal, reports, auditor),
        readiness_job(readiness),
        notices.job(),
        Periodic(
            name="report of the worker",
            period_seconds=REPORT_SECONDS,
            run_once=partial(report_worker, reports, process),
            first_delay_seconds=0.0,
        ),
    ]

    async def work(_: web.Application) -> AsyncIterator[None]:
        async with stack:
            await core.restores.read_first(asking)
            async with running(jobs), outbound.working(notices.poll_seconds):
                yield
            await _retire(reports, process)
            await core.close()

    app.cleanup_ctx.append(work)
    return app


async def _retire(reports: AsyncEngine, process: str) -> None:
    try:
        await retire_worker(reports, process)
    except Exception as error:
        if in_words(error) is None:
            raise


class NoticeListener:
    """Hears of other processes' payments, as long as the database passes notices on."""

    def __init__(
        self, settings: Settings, database_url: str, outbound: Outbound, metrics: metrics_page.Metrics
    ) -> None:
        url = settings.database_listen_url
        self._url = database_url if url is None else for_asyncpg(url.get_secret_value())
        self._is_possible = url is not None or not settings.database_pooled
        self._outbound = outbound
        self._lost = metrics.webhooks.bell_lost
        self._hears: bool | None = None  # not known yet
        self._lost.set(1)
        if not self._is_possible:
            self._note(hears=False)

    def poll_seconds(self) -> float:
        """Return how often to look for events that nobody gives notice of."""
        return POLL_SECONDS if self._hears else POLL_WITHOUT_NOTICES_SECONDS

    def job(self) -> Periodic:
        return Periodic(
            name="notices", period_seconds=LISTEN_RETRY_SECONDS, run_once=self._listen, first_delay_seconds=0.0
        )

    async def _listen(self) -> None:
        if not self._is_possible:
            return
        engine = make_engine(self._url, 1, pooled=False)
        try:
            await listen(engine, self._outbound.hear, partial(self._note, hears=True))
        except Exception as error:
            if not isinstance(error, NoticesLostError) and in_words(error) is None:
                raise
            self._note(hears=False)
        finally:
            await engine.dispose()

    def _note(self, *, hears: bool) -> None:
        if not hears and self._hears is not False:
            log.warning("notices lost", extra={"hint": HINT})
        self._hears = hears
        self._lost.set(not hears)

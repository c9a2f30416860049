"""The schedule names the jobs that a gateway runs beside its calls, and how often each runs."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import (
    ClockComparison,
    Core,
    delete_old_deliveries,
    delete_old_idempotency_keys,
    give_up_old_deliveries,
    in_words,
    worker_lives,
)
from gateway.config.settings import Settings
from gateway.jobs.audit_job import Auditor
from gateway.jobs.periodic import Periodic
from gateway.observability.journal import Journal
from gateway.readiness import Readiness

READINESS_PERIOD_SECONDS: Final = 5.0
"""What is missing is logged, whether or not anybody asks."""

READINESS_FIRST_DELAY_SECONDS: Final = 0.0

SWEEP_PERIOD_SECONDS: Final = 30.0
"""So that nothing stays pending a minute past its lifetime."""

CLEANUP_PERIOD_SECONDS: Final = 3600.0

CLEANUP_FIRST_DELAY_SECONDS: Final = 30.0
"""A gateway that is restarted every day, or every hour, must clean up, too."""

AUDIT_FIRST_DELAY_SECONDS: Final = 60.0
"""A gateway that is restarted every day must be audited too."""

AUDIT_SPREAD_SECONDS: Final = 10
"""Processes that are started together look one after another whether one of them has begun the audit."""


def readiness_job(readiness: Readiness) -> Periodic:
    """Make the job that each process needs for itself."""
    return Periodic(
        name="readiness",
        period_seconds=READINESS_PERIOD_SECONDS,
        run_once=readiness.obstacle,
        first_delay_seconds=READINESS_FIRST_DELAY_SECONDS,
    )


def periodic_jobs(
    settings: Settings, core: Core, journal: Journal, reports: AsyncEngine, auditor: Auditor
) -> list[Periodic]:
    """List the jobs that one process does for all."""
    keep = timedelta(days=settings.exchanges_keep_days)
    keep_deliveries = timedelta(days=settings.webhooks_keep_days)

    async def delete_old_exchanges(now: datetime) -> None:
        await journal.delete_older_than(now - keep)

    async def delete_old_keys(now: datetime) -> None:
        await delete_old_idempotency_keys(reports, now)

    async def delete_deliveries(now: datetime) -> None:
        await give_up_old_deliveries(reports, now)
        await delete_old_deliveries(reports, now - keep_deliveries)

    jobs = [
        Periodic(name="expiry sweep", period_seconds=SWEEP_PERIOD_SECONDS, run_once=core.sweeper.sweep),
        _cleanup("journal cleanup", delete_old_exchanges, reports, core.clocks),
        _cleanup("idempotency key cleanup", delete_old_keys, reports, core.clocks),
        _cleanup("delivery cleanup", delete_deliveries, reports, core.clocks),
    ]
    if settings.audit_minutes:
        period = settings.audit_minutes * 60.0
        jobs.append(
            Periodic(
                name="audit",
                period_seconds=period,
                run_once=auditor.audit_once_for_all_processes,
                first_delay_seconds=min(AUDIT_FIRST_DELAY_SECONDS, period),
                spread_seconds=AUDIT_SPREAD_SECONDS,
            )
        )
    return jobs


def _cleanup(
    name: str, delete_old: Callable[[datetime], Awaitable[None]], reports: AsyncEngine, clocks: ClockComparison
) -> Periodic:
    """A job that deletes what is older than it has to be kept; nothing by a clock that may be wrong.

    One for each kind of rows: where one cannot be deleted the others are.
    """

    async def run_once() -> None:
        if (now := await clocks.trusted_now(reports)) is not None:
            await delete_old(now)

    return Periodic(
        name=name,
        period_seconds=CLEANUP_PERIOD_SECONDS,
        run_once=run_once,
        first_delay_seconds=CLEANUP_FIRST_DELAY_SECONDS,
    )


def unless_a_worker_lives(jobs: Iterable[Periodic], reports: AsyncEngine) -> list[Periodic]:
    """Have jobs done by this process only while no worker has reported lately, whose they are then."""

    async def is_relieved() -> bool:
        try:
            return await worker_lives(reports)
        except Exception as error:
            if in_words(error) is None:
                raise
            return False

    def relieved(job: Periodic) -> Periodic:
        async def run_once() -> None:
            if not await is_relieved():
                await job.run_once()

        return replace(job, run_once=run_once)

    return [relieved(job) for job in jobs]

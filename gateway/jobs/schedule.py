"""The schedule names the jobs that a gateway runs beside its calls, and how often each runs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core import ClockComparison, Core, delete_old_idempotency_keys
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

AUDIT_FIRST_DELAY_SECONDS: Final = 60.0
"""A gateway that is restarted every day must be audited too."""

AUDIT_SPREAD_SECONDS: Final = 10
"""Processes that are started together look one after another whether one of them has begun the audit."""


def periodic_jobs(
    settings: Settings,
    core: Core,
    readiness: Readiness,
    journal: Journal,
    reports: AsyncEngine,
    auditor: Auditor,
) -> list[Periodic]:
    cleanup = _cleanup(timedelta(days=settings.exchanges_keep_days), journal, reports, core.clocks)
    jobs = [
        Periodic(
            name="readiness",
            period_seconds=READINESS_PERIOD_SECONDS,
            run_once=readiness.obstacle,
            first_delay_seconds=READINESS_FIRST_DELAY_SECONDS,
        ),
        Periodic(name="expiry sweep", period_seconds=SWEEP_PERIOD_SECONDS, run_once=core.sweeper.sweep),
        Periodic(name="cleanup", period_seconds=CLEANUP_PERIOD_SECONDS, run_once=cleanup),
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
    keep: timedelta, journal: Journal, reports: AsyncEngine, clocks: ClockComparison
) -> Callable[[], Awaitable[None]]:
    """Return the job that deletes what is older than it has to be kept; nothing by a clock that may be wrong."""

    async def delete_old_rows() -> None:
        if (now := await clocks.trusted_now(reports)) is not None:
            await journal.delete_older_than(now - keep)
            await delete_old_idempotency_keys(reports, now)

    return delete_old_rows

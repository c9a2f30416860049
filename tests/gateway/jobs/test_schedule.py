"""Which jobs run beside the calls, and when."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.facade import Core
from gateway.app import AUDITOR
from gateway.http.health import READINESS
from gateway.jobs.schedule import periodic_jobs, readiness_job
from gateway.observability.journal import Journal
from tests.other_sessions import without


@pytest.fixture
def jobs(core, gateway, settings, database):
    listed = periodic_jobs(settings, core, Journal(database), database, gateway.app[AUDITOR])
    listed.append(readiness_job(gateway.app[READINESS]))
    return {job.name: job for job in listed}


def test_what_expires_is_swept_twice_a_minute(jobs, core: Core):
    assert jobs["expiry sweep"].period_seconds == 30
    assert jobs["expiry sweep"].run_once == core.sweeper.sweep


def test_what_a_payment_needs_is_asked_at_the_start_and_every_five_seconds(jobs, gateway):
    readiness = jobs["readiness"]
    assert (readiness.period_seconds, readiness.first_delay_seconds) == (5, 0)
    assert readiness.run_once == gateway.app[READINESS].obstacle


@pytest.mark.parametrize("name", ["journal cleanup", "idempotency key cleanup", "delivery cleanup"])
def test_old_rows_are_deleted_every_hour_and_from_the_first_minute_on(jobs, name):
    assert (jobs[name].period_seconds, jobs[name].first_delay_seconds) == (3600, 30)


async def test_old_keys_are_deleted_though_the_journal_is_away(jobs, shop, clock, database):
    order = {"account": "1001", "amount": 500_00}
    await shop.calls("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": "key"})
    clock.advance(days=8)
    async with without(database, "exchanges"):
        with pytest.raises(DBAPIError):
            await jobs["journal cleanup"].run_once()
        await jobs["idempotency key cleanup"].run_once()
    assert await kept(database) == 0


async def test_nothing_is_deleted_by_a_clock_that_the_database_does_not_share(jobs, shop, clock, database, gateway):
    order = {"account": "1001", "amount": 500_00}
    await shop.calls("POST", "/api/v1/orders", json=order, headers={"Idempotency-Key": "key"})
    clock.advance(days=8)
    clock.database_behind = timedelta(days=8)
    await jobs["idempotency key cleanup"].run_once()
    assert await kept(database) == 1


async def kept(database) -> int:
    async with database.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM idempotency_keys"))


def test_the_first_audit_is_a_minute_after_the_start(jobs):
    audit = jobs["audit"]
    assert (audit.period_seconds, audit.first_delay_seconds, audit.spread_seconds) == (3600, 60, 10)


@pytest.mark.settings(AUDIT_MINUTES="0")
def test_0_minutes_mean_no_audit(jobs):
    kept = {"readiness", "expiry sweep", "journal cleanup", "idempotency key cleanup", "delivery cleanup"}
    assert set(jobs) == kept

"""Audits beside the payments: what they wait for, what they report, which process makes them."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.audit.invariants import INVARIANTS
from gateway.app import AUDITOR
from gateway.http.health import READINESS
from gateway.jobs.audit_job import Auditor
from gateway.observability.metrics import Metrics
from schema.values import to_ms
from tests.actors.payme import OK
from tests.log_records import logged
from tests.other_sessions import holding

NAMES = [invariant.name for invariant in INVARIANTS]


async def broken(database, account: str = "1001") -> None:
    async with database.connect() as connection:
        await connection.execute(
            text("UPDATE orders SET paid_total = paid_total + 1 WHERE account = :a"), {"a": account}
        )


async def paid(payme, shop, clock, account: str = "1001") -> None:
    await shop.opens(account, OK)
    await payme.creates(account, to_ms(clock()), account)
    await payme.performs(account)


async def test_it_waits_for_nobody_and_nobody_waits_for_it(payme, shop, clock, database, gateway) -> None:
    """Beside a payment whose rows are locked, it answers, and sees the rows as they were before."""
    await paid(payme, shop, clock)
    locked = "LOCK TABLE transitions, payments, outbox IN SHARE ROW EXCLUSIVE MODE"
    async with holding(database, "UPDATE orders SET amount = 1", locked):
        async with asyncio.timeout(20):
            assert await gateway.app[AUDITOR].audit() == []


async def test_metrics_and_log_say_what_the_last_audit_found(
    payme, shop, clock, database, gateway, metrics, caplog
) -> None:
    await paid(payme, shop, clock)
    assert not [name for name, *_ in await metrics() if name == "tiyin_invariant_violations"]  # nothing is known yet
    await gateway.app[AUDITOR].audit()
    now = await metrics()
    assert [now["tiyin_invariant_violations", name] for name in NAMES] == [0] * len(NAMES)
    assert now["tiyin_audit_timestamp_seconds",] == clock().timestamp()
    assert not caplog.records
    await broken(database)
    await gateway.app[AUDITOR].audit()
    now = await metrics()
    assert {name for name in NAMES if now["tiyin_invariant_violations", name]} == {"order_totals"}
    (violated,) = logged(caplog.records, "invariant violated")
    assert (violated["invariant"], violated["violations"]) == ("order_totals", 1)
    assert len(violated["examples"]) == 1


async def test_a_clock_hours_ahead_finds_no_payment_that_is_pending_for_too_long(
    payme, shop, clock, gateway, caplog
) -> None:
    await shop.opens("1001", OK)
    await payme.creates("1001", to_ms(clock()))
    clock.advance(hours=13)
    assert [finding.invariant.name for finding in await gateway.app[AUDITOR].audit()] == ["lifetime"]
    clock.database_behind = timedelta(hours=13)
    obstacle = await gateway.app[READINESS].obstacle()
    assert obstacle is not None
    assert obstacle.reason == "clock"
    assert await gateway.app[AUDITOR].audit() == []


@pytest.mark.settings(AUDIT_MINUTES="60")
async def test_of_several_processes_one_audits_in_each_period(
    settings, database_url, clock, tmp_path, monkeypatch
) -> None:
    first, second = (Auditor(settings, database_url, clock, Metrics()) for _ in range(2))
    assert [first._done_by_another(), second._done_by_another()] == [False, False]  # each is a gateway of its own
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    assert [first._done_by_another(), second._done_by_another()] == [False, True]
    clock.advance(minutes=60)
    assert [second._done_by_another(), first._done_by_another()] == [False, True]
    clock.advance(hours=-9)
    assert not first._done_by_another()  # a clock that was set back silences nobody

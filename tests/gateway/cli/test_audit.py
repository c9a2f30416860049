"""Audits as an operator meets them: the command, the metrics, the log."""

import asyncio
import json
import logging

import pytest
from sqlalchemy import text

from core.audit.invariants import INVARIANTS
from gateway.app import AUDITOR
from gateway.jobs.audit_job import Auditor
from gateway.observability.metrics import Metrics
from schema.values import to_ms
from tests.actors.payme import OK

NAMES = [invariant.name for invariant in INVARIANTS]


async def broken(database, account: str = "1001") -> None:
    async with database.connect() as connection:
        await connection.execute(text("UPDATE orders SET amount = amount + 1 WHERE account = :a"), {"a": account})


async def paid(payme, shop, clock, account: str = "1001") -> None:
    await shop.opens(account, OK)
    await payme.creates(account, to_ms(clock()), account)
    await payme.performs(account)


def test_books_in_order_have_status_0(types) -> None:
    types("order", "add", "1001", "5000000")
    status, said, wrong = types("audit")
    assert (status, wrong) == (0, "")
    assert all(name in said for name in NAMES)
    assert said.endswith("The books hold.\n")


def test_books_out_of_order_have_status_1_and_say_where(types) -> None:
    types("order", "add", "1001", "5000000")
    types("db", "psql", "-c", "UPDATE orders SET state = 'paid'")
    status, said, wrong = types("audit")
    assert (status, wrong) == (1, "")
    assert "account=1001" in said
    assert said.endswith("2 of 15 invariants are violated.\n")


def test_as_json_it_is_for_programs(types) -> None:
    types("order", "add", "1001", "5000000")
    clean = json.loads(types("audit", "--json")[1])
    assert (clean["holds"], clean["thorough"]) == (True, False)
    assert [one["name"] for one in clean["invariants"]] == NAMES
    types("db", "psql", "-c", "UPDATE orders SET version = 7")
    status, said, _ = types("audit", "--json", "--thorough")
    report = json.loads(said)
    wrong = [one for one in report["invariants"] if one["violations"]]
    assert (status, report["holds"], report["thorough"]) == (1, False, True)
    assert [(one["name"], one["violations"], one["more"]) for one in wrong] == [("order_history", 1, False)]
    assert wrong[0]["examples"][0]["version_of_order"] == 7
    assert wrong[0]["sentence"].startswith("An order's transitions are a chain")


def test_a_schema_that_is_behind_is_not_audited(types, behind) -> None:
    status, said, wrong = types("audit", DATABASE_URL=behind)
    assert (status, said, wrong.count("\n")) == (1, "", 1)
    assert wrong.endswith("run `tiyin migrate` first.\n")


def test_a_database_that_is_away_is_a_sentence(types) -> None:
    status, said, wrong = types("audit", DATABASE_URL="postgresql://u:Se-cret@127.0.0.1:1/books")
    assert (status, said, wrong.count("\n"), "Se-cret" in wrong) == (1, "", 1, False)


def test_bad_use_has_status_2(types) -> None:
    assert types("audit", "--nonsense")[0] == 2
    assert types("audit", "orders")[0] == 2


async def test_it_waits_for_nobody_and_nobody_waits_for_it(payme, shop, clock, database, gateway) -> None:
    """Beside a payment whose rows are locked, it answers, and sees the books as they were before."""
    await paid(payme, shop, clock)
    async with database.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("UPDATE orders SET amount = 1"))
        await holder.execute(text("LOCK TABLE transitions, payments, outbox IN SHARE ROW EXCLUSIVE MODE"))
        async with asyncio.timeout(20):
            assert await gateway.app[AUDITOR].audit() == []


async def test_the_metrics_tell_what_the_last_audit_found(
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
    assert {name for name in NAMES if now["tiyin_invariant_violations", name]} == {"payment_fits_order"}
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "payment_fits_order: 1 found" in record.getMessage()


class Impatient(Auditor):
    """Counts its audits, the first of which fails."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.audits, self.twice = 0, asyncio.Event()

    async def audit(self):
        self.audits += 1
        if self.audits == 1:
            raise OSError("the database is away")
        self.twice.set()
        return await super().audit()


@pytest.fixture
def hurried(monkeypatch) -> None:
    monkeypatch.setattr("gateway.jobs.audit_job.FIRST_SECONDS", 0.01)
    monkeypatch.setattr("gateway.jobs.audit_job.APART", 1)


@pytest.mark.settings(AUDIT_MINUTES="1")
async def test_one_that_fails_is_logged_and_tried_again(
    settings, database_url, clock, database, hurried, monkeypatch, caplog
) -> None:
    auditor = Impatient(settings, database_url, clock, Metrics())
    monkeypatch.setattr(auditor, "_period", auditor._period / 6000)
    running = asyncio.create_task(auditor.run())
    async with asyncio.timeout(20):
        await auditor.twice.wait()
    running.cancel()
    assert "the audit failed and will be tried again" in caplog.text


@pytest.mark.settings(AUDIT_MINUTES="0")
async def test_0_minutes_are_never(settings, database_url, clock, hurried) -> None:
    auditor = Impatient(settings, database_url, clock, Metrics())
    async with asyncio.timeout(5):
        await auditor.run()
    assert auditor.audits == 0


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

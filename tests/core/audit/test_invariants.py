"""The books hold after a busy day; whatever is broken by hand in the rows is found by its invariant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.audit import audit as auditing
from core.audit.audit import Finding, audit_books
from core.audit.checksum_comparison import doubtful_invariants
from core.audit.invariants import INVARIANTS, Invariant
from core.db.statement import SqlStatement
from core.domain.commands import Create, Details, ExternalPaymentRef, OpenOrder, OrderRef, Perform
from core.domain.events import EVENTS
from core.domain.periods import CLICK_RESERVATION, PAYME_LIFETIME, Periods
from core.facade import Core
from gateway.app import CORE, build_app
from gateway.config.settings import load
from gateway.database import migrations
from schema.later_words import LATER_WORDS
from schema.values import RECORDED_VERBS, OrderKind, Provider, Tiyin, to_ms
from tests.actors.click import Click
from tests.actors.payme import Payme
from tests.actors.shop import Shop
from tests.busy_day import Day
from tests.clock import Clock
from tests.conftest import SETTINGS, Served
from tests.core.audit.violations import VIOLATIONS, Violation, event
from tests.other_sessions import execute

ENDPOINT = """
    INSERT INTO webhook_endpoints (shop, name, url, state, source, opened_at, since, filled_until, created_at,
        changed_at)
    SELECT 'main~test', 'erp', 'https://erp.example.uz/', 'enabled', 'api', m, m, m, m, m
    FROM (SELECT now() - interval '1 hour' AS m) moment
"""
"""Of test mode, so that what breaks the others' rows breaks no delivery."""

RECEIVED = (
    "UPDATE webhook_endpoints SET filled_until = now() + interval '100 days'",
    "UPDATE deliveries SET state = 'delivered', fence = 1, settled_at = created_at",
    "INSERT INTO webhook_attempts (event_id, endpoint_id, fence, at, milliseconds, outcome)"
    " SELECT event_id, endpoint_id, fence, created_at, 1, 'received' FROM deliveries",
)


@dataclass(frozen=True)
class AuditedDatabase:
    """A database of its own, and the moment at which its day ended."""

    engine: AsyncEngine
    now: datetime

    async def broken_by(self, statements: str) -> None:
        """Break it although the database would refuse."""
        async with self.engine.connect() as connection:
            await connection.exec_driver_sql("SET session_replication_role = replica")
            for statement in statements.split(";"):
                await connection.exec_driver_sql(statement)
            await connection.exec_driver_sql("SET session_replication_role = DEFAULT")

    async def found(self, *, quick: bool, after: timedelta = timedelta()) -> dict[str, Finding]:
        findings = await audit_books(self.engine, self.now + after, Periods().lifetimes, quick=quick)
        return {finding.invariant.name: finding for finding in findings}


@pytest.fixture(scope="module")
def day(postgres: str) -> Iterator[tuple[str, datetime]]:
    """A database that has seen a busy day, to be copied, and the moment at which the day ended."""
    url = _database(postgres, "day")
    asyncio.run(execute(postgres, "CREATE DATABASE day"))
    migrations.upgrade(url)
    yield url, asyncio.run(_have_a_day(url))
    asyncio.run(execute(postgres, "DROP DATABASE day WITH (FORCE)"))


@pytest.fixture
async def audited(postgres: str, day: tuple[str, datetime]) -> AsyncIterator[AuditedDatabase]:
    await execute(postgres, "CREATE DATABASE broken TEMPLATE day")
    engine = create_async_engine(_database(postgres, "broken"), isolation_level="AUTOCOMMIT")
    yield AuditedDatabase(engine, day[1])
    await engine.dispose()
    await execute(postgres, "DROP DATABASE broken WITH (FORCE)")


@pytest.fixture
def doubtful(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The invariants that each quick audit checked row by row."""
    names: list[set[str]] = []

    def recording(*arguments: Any) -> tuple[set[str], int]:
        answer = doubtful_invariants(*arguments)
        names.append(answer[0])
        return answer

    monkeypatch.setattr(auditing, "doubtful_invariants", recording)
    return names


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _have_a_day(url: str) -> datetime:
    clock, engine = Clock(), create_async_engine(url)
    await execute(url, ENDPOINT)
    server = Served(await build_app(load(SETTINGS), url, clock, clock.of_database))
    await server.start_server()
    async with aiohttp.ClientSession() as http:
        callback = server.make_url("/payment/callback")
        payme = Payme(http, f"{callback}/payme", SETTINGS["PAYME_KEY"])
        click = Click(http, f"{callback}/click", int(SETTINGS["CLICK_SERVICE_ID"]), SETTINGS["CLICK_SECRET_KEY"])
        shop = Shop(http, str(server.make_url("/")), SETTINGS["API_TOKEN"], engine)
        await Day(server.app[CORE], payme, click, shop, clock).passes()
        await _pay_on_trial(server.app[CORE], clock)
    await server.close()
    await engine.dispose()
    await execute(url, *RECEIVED)
    for sequence in ("order_ids", "payment_ids", "transition_ids"):  # leave room for ids that violations make up
        await execute(url, f"SELECT setval('{sequence}', 2100000000)")
    return clock()


async def _pay_on_trial(core: Core, clock: Clock) -> None:
    """In test mode, whose events go to the endpoint."""
    where, payment = OrderRef("main~test", "trial"), ExternalPaymentRef("main~test", Provider.PAYME, "trial")
    await core.do(OpenOrder(where, OrderKind.ONE_TIME, Tiyin(1_00), None, None, None, Details()))
    await core.do(Create(payment, where, Tiyin(1_00), clock(), {"order_id": where.account}))
    await core.do(Perform(payment, Provider.PAYME))


async def test_nothing_is_found_after_a_busy_day(audited: AuditedDatabase, doubtful: list[set[str]]) -> None:
    async with audited.engine.connect() as connection:
        verbs = set((await connection.execute(text("SELECT DISTINCT verb FROM transitions"))).scalars())
        events = set((await connection.execute(text("SELECT DISTINCT event FROM outbox"))).scalars())
    assert verbs == set(RECORDED_VERBS) - set(LATER_WORDS)
    assert events == {event for (verb, state), event in EVENTS.items() if not {verb, state} & set(LATER_WORDS)}
    assert await audited.found(quick=False) == {}
    assert await audited.found(quick=True) == {}
    assert doubtful == [{"payloads"}]  # of the last day they are always read


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda violation: f"{violation.caught_by}: {violation.how}")
async def test_what_is_broken_is_found_and_nothing_else(audited: AuditedDatabase, violation: Violation) -> None:
    await audited.broken_by(violation.statements)
    found = {violation.caught_by} | violation.also
    assert set(await audited.found(quick=False)) == found
    assert set(await audited.found(quick=True)) == (found if violation.quick else set())


def test_every_invariant_was_broken() -> None:
    assert {violation.caught_by for violation in VIOLATIONS} == {invariant.name for invariant in INVARIANTS}


@pytest.mark.parametrize(
    ("external_id", "lifetime", "ahead"),
    [("pending", PAYME_LIFETIME, 0), ("pending", PAYME_LIFETIME, 59), ("%:prepared", CLICK_RESERVATION, 0)],
    ids=["payme", "payme, ahead of us", "click"],
)
async def test_a_lifetime_has_two_minutes_of_grace(
    audited: AuditedDatabase, external_id: str, lifetime: timedelta, ahead: int
) -> None:
    """`ahead`: the minutes that the provider's clock was ahead of ours."""
    async with audited.engine.connect() as connection:
        asked = text("SELECT created_at FROM payments WHERE external_id LIKE :id")
        opened: datetime = (await connection.execute(asked, {"id": external_id})).scalar_one()
    await audited.broken_by(f"UPDATE payments SET provider_time = created_at + interval '{ahead} minutes'")
    end = opened - audited.now + lifetime + timedelta(minutes=2)
    others = "DELETE FROM payments WHERE state = 'pending' AND external_id NOT LIKE "
    await audited.broken_by(f"{others}'{external_id}'")
    assert "lifetime" not in await audited.found(quick=True, after=end)
    assert "lifetime" in await audited.found(quick=True, after=end + timedelta(milliseconds=1))


async def test_a_finding_says_where_it_is_and_never_says_all(audited: AuditedDatabase) -> None:
    await audited.broken_by("DELETE FROM outbox")
    for _ in range(3):
        await audited.broken_by(
            "INSERT INTO transitions SELECT id + 100000 + (SELECT max(id) FROM transitions), shop, order_id,"
            " payment_id, verb, payment_from, payment_to, order_from, order_to,"
            " version + 1000 + (SELECT max(version) FROM transitions), at, actor, correlation_id"
            " FROM transitions WHERE verb = 'create'"
        )
    found = (await audited.found(quick=True))["events"]
    assert len(found.violations) == 100
    assert found.many
    assert found.violations[0].keys() >= {"transition_id", "event_due", "order_id"}


async def test_a_quick_audit_reads_the_last_days_payloads(audited: AuditedDatabase) -> None:
    await audited.broken_by(event("pending", "payload = '{}'"))
    assert set(await audited.found(quick=True)) == {"payloads"}
    later = timedelta(hours=25)
    assert "payloads" not in await audited.found(quick=True, after=later)
    assert "payloads" in await audited.found(quick=False, after=later)


async def test_an_audit_cannot_write(audited: AuditedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a query ever write, the database refuses it."""
    writes = Invariant("writes", "It writes.", SqlStatement("DELETE FROM outbox RETURNING transition_id"))
    monkeypatch.setattr(auditing, "INVARIANTS", (writes,))
    with pytest.raises(Exception, match="read-only transaction"):
        await audited.found(quick=False)


async def test_a_busy_gateway_gives_no_false_alarm(core, payme, click, shop, clock, database) -> None:
    """Of a call that is half done while the audit reads, it sees all or nothing."""
    done = asyncio.Event()

    async def pays(name: str) -> None:
        number = 0
        while not done.is_set():
            account, number = f"{name}-{number}", number + 1
            await shop.opens(account)
            await payme.creates(account, to_ms(clock()), account, 500_00)
            await payme.performs(account)
            await payme.cancels(account, 5)

    async with asyncio.TaskGroup() as busy:
        for name in "abcdef":
            busy.create_task(pays(name))
        audits = 0
        while audits < 20 or len(await shop.transitions()) <= 100:
            assert await audit_books(database, clock(), Periods().lifetimes, quick=audits % 2 == 0) == []
            audits += 1
        done.set()


class Paused:
    """An engine whose second connection comes late."""

    def __init__(self, engine: AsyncEngine, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._engine, self._meanwhile, self._connections = engine, meanwhile, 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        self._connections += 1
        if self._connections == 2:
            await self._meanwhile()
        async with self._engine.connect() as connection:
            yield connection


async def test_all_connections_see_the_same_moment(payme, shop, clock, database, doubtful) -> None:
    """Otherwise every quick audit beside payments would check everything row by row."""
    await shop.opens("1001")
    await payme.creates("a", to_ms(clock()), "1001", 500_00)
    paused: Any = Paused(database, lambda: payme.performs("a"))
    assert await audit_books(paused, clock(), Periods().lifetimes, quick=True) == []
    assert await shop.states() == [("paid", "paid")]
    assert doubtful == [{"payloads"}]

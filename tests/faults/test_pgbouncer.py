"""Behind PgBouncer in transaction mode: everything works as without it, and its restart is one of the database's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.harness.pgbouncer import SERVERS, PgBouncer, pgbouncer_before
from tests.faults.harness.postgres import Server
from tests.faults.harness.scenario import Scenario
from tests.faults.harness.traffic import Parties

ROLE = "pooled"
GATEWAYS = 4


@pytest.fixture
async def bouncer(server: Server, place: Path, scenario: Scenario) -> AsyncIterator[PgBouncer]:
    """With a role of the gateway's own, set up as the documentation says."""
    with pgbouncer_before(server, place / "bouncer", ROLE) as bouncer:
        await server.sql(f"CREATE ROLE {ROLE} LOGIN")
        await server.sql(f"ALTER ROLE {ROLE} SET plan_cache_mode = force_generic_plan")
        for kind in ("TABLES", "SEQUENCES"):
            await scenario.asks(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {ROLE}")
        yield bouncer
        bouncer.stop()
        await scenario.asks(f"DROP OWNED BY {ROLE}")
        await server.sql(f"DROP ROLE {ROLE}")


async def journalled(scenario: Scenario) -> int:
    [[exchanges]] = await scenario.asks("SELECT count(*) FROM exchanges")
    return exchanges


async def test_full_traffic_through_a_pooler(bouncer, scenario, http, history):
    async with scenario.under_traffic(bouncer.url(scenario.database_url), payers=24, DATABASE_POOLED="1") as run:
        await run.goes_on(150)
        assert await run.database_errors(http) == {}
        assert all(call.certain for call in history.calls)
        page = await run.parties.shop.calls("GET", "/api/v1/orders?limit=5")
        assert page.status == 200
        assert len(await scenario.backends()) <= SERVERS
        answered = len(history.calls)
        async with asyncio.timeout(60):  # it is written a moment later, while the gateway lives
            while await journalled(scenario) < answered:
                await asyncio.sleep(0.1)
        assert (await run.metrics(http))["tiyin_journal_dropped_total",] == 0


async def test_many_gateways_share_a_pooler(bouncer, scenario, program, http, history):
    """What stands alone is asked by many at once, each time in the middle of the others' transactions."""
    url = bouncer.url(scenario.database_url)
    async with AsyncExitStack() as running:
        for _ in range(GATEWAYS - 1):
            gateway = await running.enter_async_context(program.serving(http, url, DATABASE_POOLED="1"))
            asking = asks(scenario.parties(gateway.url))
            running.callback(asyncio.create_task(asking).cancel)
        async with scenario.under_traffic(url, payers=24, DATABASE_POOLED="1") as run:
            await run.goes_on(150)
            assert await run.database_errors(http) == {}
    assert all(call.certain for call in history.calls)


async def asks(parties: Parties) -> None:
    while True:
        await parties.checks("nobody's")


async def test_a_restart_of_the_pooler(bouncer, scenario):
    async with scenario.under_traffic(bouncer.url(scenario.database_url), DATABASE_POOLED="1") as run:
        for _ in range(2):
            bouncer.stop()
            await asyncio.sleep(0.5)
            bouncer.start()
            await run.recovers()


async def test_gateways_that_start_one_after_another_behind_the_same_pooler(bouncer, scenario, program, http):
    """What one of them has left at the pooler's connections is in nobody's way."""
    url = bouncer.url(scenario.database_url)
    for _ in range(3):
        async with program.serving(http, url, DATABASE_POOLED="1") as gateway:
            assert (await scenario.parties(gateway.url).opens("1001")).done


async def test_a_right_that_is_missing_is_named_through_a_pooler(bouncer, scenario, program, http):
    async with program.serving(http, bouncer.url(scenario.database_url), DATABASE_POOLED="1") as gateway:
        await gateway.is_ready(http)
        await scenario.asks(f"REVOKE USAGE ON SEQUENCE payment_ids FROM {ROLE}")
        await scenario.asks(f"REVOKE UPDATE ON SEQUENCE payment_ids FROM {ROLE}")
        missing = ["USAGE on sequence payment_ids"]
        assert await gateway.readiness(http) == (503, {"status": "unavailable", "reason": "rights", "missing": missing})
        await scenario.asks(f"GRANT USAGE ON SEQUENCE payment_ids TO {ROLE}")
        assert await gateway.readiness(http) == (200, {"status": "ready"})
        assert (await scenario.parties(gateway.url).opens("1001")).done

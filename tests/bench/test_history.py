"""The old payments that are put into the tables directly are such as the gateway would have left there."""

import pytest

from bench.history import fill
from bench.orders import Orders
from bench.postgres import fresh_cluster
from core.audit.audit import audit_books
from core.clock import wall_clock
from core.db.engine import make_engine
from core.domain.periods import Periods


@pytest.mark.parametrize("quick", [True, False])
async def test_the_books_hold(quick):
    with fresh_cluster() as cluster:
        await cluster.create("old")
        await fill(cluster, "old", 100)
        await Orders(cluster, "old", 101).for_lives(10)
        engine = make_engine(cluster.url("old").replace("postgresql:", "postgresql+asyncpg:"), 2, pooled=False)
        found = await audit_books(engine, wall_clock(), Periods().lifetimes, quick=quick)
        events = await Orders(cluster, "old").ask("SELECT count(*) FROM outbox")
        await engine.dispose()
    assert events == 200
    assert found == []

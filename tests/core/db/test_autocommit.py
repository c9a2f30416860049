"""Statements outside of every batch: each its own transaction, but behind a pooler."""

import pytest
from sqlalchemy import text

from core.db.autocommit import Autocommit
from core.db.connection import Connections
from core.db.engine import make_engine

MOMENT = "SELECT now()"
"""Of the transaction's beginning."""


@pytest.fixture(params=[True, False], ids=["behind a pooler", "without one"])
async def pool(request, database_url):
    pool = make_engine(database_url, 1, pooled=request.param)
    yield pool, request.param
    await pool.dispose()


async def test_behind_a_pooler_there_is_a_transaction_around_them(pool):
    pool, pooled = pool
    async with Autocommit(pool).connect() as connection:
        first = (await connection.execute(text(MOMENT))).scalar_one()
        assert ((await connection.execute(text(MOMENT))).scalar_one() == first) is pooled


async def test_behind_a_pooler_there_is_a_transaction_around_a_check(pool):
    pool, pooled = pool
    async with Connections(pool).autocommit() as connection:
        [[first]] = await connection.rows(MOMENT, ())
        [[second]] = await connection.rows(MOMENT, ())
    assert (second == first) is pooled

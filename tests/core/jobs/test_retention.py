"""What is kept for a time only is deleted a few rows at a time, however many they are."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from core.clock import wall_clock
from core.db.engine import make_engine
from core.jobs.retention import IDEMPOTENCY_KEY_LIFETIME, delete_old_idempotency_keys
from tests.other_sessions import holding

NOW = wall_clock()

INSERT = text("""
    INSERT INTO idempotency_keys (key, shop, fingerprint, status, body, created_at)
    SELECT CAST(number AS text), 'main', '', 200, '', CAST(:newest AS timestamptz) - (100 - number) * interval '1 s'
    FROM generate_series(1, 100) AS number
""")
"""The newest is number 100."""


@pytest.fixture
async def a_hundred_old(database, monkeypatch):
    monkeypatch.setattr("core.jobs.retention.CHUNK_ROWS", 7)
    monkeypatch.setattr("core.jobs.retention.CHUNK_PAUSE_SECONDS", 0)
    async with database.connect() as connection:
        await connection.execute(INSERT, {"newest": NOW - IDEMPOTENCY_KEY_LIFETIME - timedelta(milliseconds=1)})


async def kept(database) -> int:
    async with database.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM idempotency_keys"))


@pytest.mark.parametrize("pooled", [False, True])
async def test_all_that_is_old_is_deleted_and_nothing_else(database, database_url, a_hundred_old, pooled):
    engine = make_engine(database_url, 1, pooled=pooled)
    assert await delete_old_idempotency_keys(engine, NOW - timedelta(seconds=30)) == 70
    assert await delete_old_idempotency_keys(engine, NOW) == 30
    assert await kept(database) == 0
    await engine.dispose()


async def test_what_was_deleted_before_an_error_stays_deleted(database, database_url, a_hundred_old):
    impatient = create_async_engine(database_url, connect_args={"server_settings": {"lock_timeout": "100ms"}})
    async with holding(database, "SELECT FROM idempotency_keys WHERE key = '95' FOR UPDATE"):
        with pytest.raises(DBAPIError, match="lock timeout"):
            await delete_old_idempotency_keys(impatient, NOW)
    assert await kept(database) == 9
    await impatient.dispose()

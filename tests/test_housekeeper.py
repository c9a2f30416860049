"""What the tests save themselves changes nothing for them: tables are empty, and SQLAlchemy knows its server."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from tests.housekeeper import Housekeeper
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import execute, holding

ENDED = """
    SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
    WHERE query LIKE '%session_replication_role%' AND pid <> pg_backend_pid()
"""

LATE = """
    DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(7);
        INSERT INTO restores (resumed_at, first_payment_id) VALUES (now(), 1);
    END $$
"""
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event IN ('advisory', 'PgSleep')"


@pytest.fixture
async def another():
    another = Housekeeper()
    yield another
    await another.close()


async def test_it_empties_every_table_again_after_its_session_was_ended(another, database_url, database, payme, shop):
    await another.clean(database_url)
    async with database.connect() as connection:
        assert (await connection.scalars(text(ENDED))).all() == [True] * 2
    await shop.opens("1001")
    await another.clean(database_url)
    assert await shop.states() == []


async def test_it_waits_for_what_an_earlier_test_has_left_running(another, database_url, database, shop):
    async with holding(database, "SELECT pg_advisory_xact_lock(7)"):
        late = asyncio.create_task(execute(database_url, LATE))
        await waiting(shop, 1)
        cleaning = asyncio.create_task(another.clean(database_url))
        await waiting(shop, 2)
    await asyncio.gather(late, cleaning)
    assert await shop.reads("SELECT 1 FROM restores") == []


async def waiting(shop, count):
    async with asyncio.timeout(WAIT_SECONDS):
        while len(await shop.reads(WAITS)) < count:
            await asyncio.sleep(0.01)


async def test_a_second_engine_knows_of_the_server_what_it_would_have_been_answered(database_url, monkeypatch):
    told = await known(database_url)
    monkeypatch.setattr(PGDialect_asyncpg, "initialize", PGDialect_asyncpg.initialize.__wrapped__)
    assert told == await known(database_url)
    assert told["server_version_info"] >= (16,)


async def known(url):
    engine = create_async_engine(url)
    async with engine.connect():
        facts = {
            name: fact for name, fact in vars(engine.dialect).items() if isinstance(fact, bool | int | str | tuple)
        }
    await engine.dispose()
    return facts

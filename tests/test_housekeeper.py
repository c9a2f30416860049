"""What the tests save themselves changes nothing for them: tables are empty, and SQLAlchemy knows its server."""

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from tests.housekeeper import Housekeeper

ENDED = """
    SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
    WHERE query LIKE '%session_replication_role%' AND pid <> pg_backend_pid()
"""


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

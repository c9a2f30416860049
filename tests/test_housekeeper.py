"""What the tests save themselves changes nothing for them: each begins with empty tables."""

import pytest
from sqlalchemy import text

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

"""A storm of lost races is said once, with what to look at."""

import pytest
from sqlalchemy import text

from core.commit.lost_races import CHANGED_HINT
from core.domain.errors import TryAgain
from tests.core.conftest import creation
from tests.log_records import logged

SKIPS_UPDATES = (
    "CREATE FUNCTION skip_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TRIGGER skips_updates BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION skip_update()",
)


@pytest.fixture
async def somebodys_trigger(database):
    async with database.connect() as connection:
        for statement in SKIPS_UPDATES:
            await connection.execute(text(statement))
        yield
        await connection.execute(text("DROP FUNCTION skip_update CASCADE"))


async def test_a_storm_of_lost_races_is_logged_once_with_its_order_and_a_hint(
    wired_core, opens, clock, somebodys_trigger, monkeypatch, caplog
):
    monkeypatch.setattr("core.commit.scheduler.RETRY_PAUSE_SECONDS", 0)
    where = await opens("1001")
    for _ in range(20):  # each is tried three times
        with pytest.raises(TryAgain):
            await wired_core.do(creation(where, "a", clock))
    (line,) = logged(caplog.records, "many races lost")
    order = {"shop": "main", "test": False, "account": "1001"}
    assert line == {"lost_races": 30, "seconds": 60, "constraint": None, "orders": [order], "hint": CHANGED_HINT}


async def test_one_now_and_then_is_no_storm(wired_core, opens, clock, somebodys_trigger, monkeypatch, caplog):
    monkeypatch.setattr("core.commit.scheduler.RETRY_PAUSE_SECONDS", 0)
    monkeypatch.setattr("core.commit.lost_races.STORM_SECONDS", 0)
    where = await opens("1001")
    for _ in range(12):
        with pytest.raises(TryAgain):
            await wired_core.do(creation(where, "a", clock))
    assert logged(caplog.records, "many races lost") == []

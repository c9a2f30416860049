"""A claim reads what is due, and not what waits for its retry: there may be thousands of those."""

from core.connection_pools import DELIVERY_SETTINGS
from core.deliveries.queue import CLAIM, HELD_BACK, LEASE
from tests.core.commit.test_plans import as_migrated

WAITING = """
    INSERT INTO deliveries (event_id, endpoint_id, shop, stream, sequence, state, due_at, created_at)
    SELECT n, 1, 'main', n, 1, 'due', now() + interval '1 hour', now() FROM generate_series(1, 5000) n
"""

ENDPOINT = """
    INSERT INTO webhook_endpoints (
        id, shop, name, url, state, source, opened_at, since, filled_until, created_at, changed_at
    ) OVERRIDING SYSTEM VALUE
    VALUES (1, 'main', 'one', 'https://shop.example', 'enabled', 'operator', now(), now(), now(), now(), now())
"""
VALUES = {
    "now": None, "lease": LEASE, "held_back": HELD_BACK, "probes_of_head": 6, "most_losses": 5, "fresh_room": 2,
    "room_of": [], "room": [], "warm": [], "full": [], "cold_endpoints": 16, "most": 64, "suspects": 1,
}  # fmt: skip


async def waiting(connection) -> None:
    """Never analysed."""
    await connection.exec_driver_sql(WAITING)


async def rows_read(connection) -> int:
    """Rows of deliveries that one claim reads, those included that it then leaves."""
    driver = (await connection.get_raw_connection()).driver_connection
    for name, value in DELIVERY_SETTINGS.items():
        await connection.exec_driver_sql(f"SET {name} = '{value}'")
    ((plan,),) = await driver.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {CLAIM.sql}", *CLAIM.parameters(VALUES))
    return sum(_rows(plan[0]["Plan"]))


def _rows(node):
    for child in node.get("Plans", ()):
        yield from _rows(child)
    if node.get("Relation Name") == "deliveries":
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


async def test_a_claim_reads_little_where_thousands_wait_for_their_retry(database):
    async with as_migrated(database) as connection:
        await connection.exec_driver_sql(ENDPOINT)
        await waiting(connection)
        read = await rows_read(connection)
    assert read < 100


async def test_a_claim_reads_little_where_thousands_are_due(database):
    async with as_migrated(database) as connection:
        await connection.exec_driver_sql(ENDPOINT)
        await waiting(connection)
        await connection.exec_driver_sql("UPDATE deliveries SET due_at = '-infinity'")
        await connection.exec_driver_sql("ANALYZE deliveries")
        read = await rows_read(connection)
    assert read < 100

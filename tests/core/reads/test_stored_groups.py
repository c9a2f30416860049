"""What the settings must serve is read by index, whatever the planner believes of the tables."""

import re

import pytest
from sqlalchemy import text

from core.reads.stored_groups import ORDER_GROUPS, PAYMENT_GROUPS
from tests.core.commit.test_plans import as_migrated, empty, explained, full, grown

INDEXES = {
    "payments": (PAYMENT_GROUPS, {"ix_payments_statement", "ix_payments_pending"}),
    "orders": (ORDER_GROUPS, {"ix_orders_shop_created_at", "ix_orders_shop_state_created_at"}),
}


async def analysed(connection) -> None:
    await full(connection)
    await connection.execute(text("ANALYZE orders, payments"))


@pytest.mark.parametrize("state", [empty, full, grown, analysed])
@pytest.mark.parametrize("name", INDEXES)
async def test_no_table_is_read_from_end_to_end(database, name, state):
    statement, indexes = INDEXES[name]
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await explained(connection, statement)
    lines = plan.splitlines()
    scans = {
        n: re.search(r"Index (?:Only )?Scan (?:Backward )?(?:using|on) (\w+)", line) for n, line in enumerate(lines)
    }
    whole = [
        scan[1]
        for n, scan in scans.items()
        if scan and "Index Cond" not in lines[min(n + 1, len(lines) - 1)] and "Limit" not in lines[n - 1]
    ]
    assert "Seq Scan" not in plan, plan
    assert {scan[1] for scan in scans.values() if scan} <= indexes, plan
    assert whole in ([], ["ix_payments_pending"]), plan
    assert not re.search(r"Sort Key: .*(provider_time|created_at)", plan), plan

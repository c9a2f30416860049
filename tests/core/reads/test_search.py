"""Orders are found by index, whatever the planner believes of the tables: empty, full, or analysed while empty."""

import re

import pytest

from core.reads.search import BY_INDEX, FIND_BY_DAY, FIND_BY_NAME, FIND_NOTED
from tests.core.commit.test_plans import as_migrated, empty, full, grown

INDEXES = {
    FIND_BY_NAME: {
        "uq_orders_account_shop",
        "uq_payments_external_id_shop",
        "ix_payments_also_known_as",
        "ix_payments_click_paydoc",
        "pk_payments",
        "pk_orders",
    },
    FIND_NOTED: {"ix_payments_also_known_as", "pk_orders"},
    FIND_BY_DAY: {"ix_orders_shop_created_at", "ix_payments_statement", "ix_payments_order_id_created_at"},
}
NAMES = {FIND_BY_NAME: "by name", FIND_NOTED: "noted", FIND_BY_DAY: "by day"}


@pytest.mark.parametrize("state", [empty, full, grown])
@pytest.mark.parametrize("statement", INDEXES, ids=NAMES.get)
async def test_orders_are_found_by_index(database, statement, state):
    async with as_migrated(database) as connection:
        await state(connection)
        plan = await planned(connection, statement)
    used = re.findall(r"(?:Index Scan|Index Only Scan|Bitmap Index Scan) (?:Backward )?(?:using|on) (\w+)", plan)
    assert "Seq Scan" not in plan, plan
    assert set(used) == INDEXES[statement], plan
    whole = 1 if statement is FIND_NOTED else 0  # it reads the index of the few that have other ids, and no other
    assert plan.count("Index Cond") + whole == len(used), f"an index is read from end to end:\n{plan}"


async def planned(connection, statement) -> str:
    """The plan for any values, under the settings of a search."""
    await connection.exec_driver_sql(BY_INDEX.replace("true", "false"))
    await connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
    await connection.exec_driver_sql(f"PREPARE asked AS {statement.sql}")
    nothing = ", ".join("NULL" for _ in set(re.findall(r"\$\d+", statement.sql)))
    lines = (await connection.exec_driver_sql(f"EXPLAIN EXECUTE asked({nothing})")).scalars().all()
    await connection.exec_driver_sql("DEALLOCATE asked")
    return "\n".join(lines)

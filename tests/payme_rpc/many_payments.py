"""More payments than a statement has lines on a page."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

BALANCE: Final = "7"
"""The account of the order that they are of, which the test opens: accumulative."""

# Written beside the core: thousands of calls would take longer than what is tested here.
INSERT: Final = text("""
    INSERT INTO payments
        (id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state,
         provider_time, created_at)
    SELECT 1000000 + n, orders.id, 'main', 'payme', 'many-' || n, '{}', '{"order_id": "7"}', false, 100, 'pending',
        to_timestamp(:since) + (n / 3) * interval '1 ms', to_timestamp(:since)
    FROM orders, generate_series(0, :many - 1) AS n
    WHERE orders.account = '7'
""")


async def has_many(database: AsyncEngine, now: int, many: int) -> None:
    """`now`: milliseconds. Three are of the same moment, beginning with the whole second."""
    async with database.connect() as connection:
        await connection.execute(INSERT, {"since": now // 1000, "many": many})

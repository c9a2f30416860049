"""What must hold in the books whatever was sent: each query finds the rows where it doesn't."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

RULES: Final[Mapping[str, str]] = {
    "a one-time order has at most one live payment": """
        SELECT order_id FROM payments WHERE one_time AND state IN ('pending', 'paid') GROUP BY 1 HAVING count(*) > 1""",
    "a one-time order is paid exactly when a payment of it is": """
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.state = 'paid'
        WHERE o.kind = 'one_time' AND (o.state = 'paid') <> (p.id IS NOT NULL)""",
    "a reserved order is held by a pending payment, and no other is": """
        SELECT o.id FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.state = 'pending'
        WHERE o.kind = 'one_time' AND (o.state = 'reserved') <> (p.id IS NOT NULL)""",
    "a payment is of its order's amount": """
        SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id
        WHERE p.amount <> coalesce(o.amount, p.amount) OR p.amount < o.min_amount OR p.amount > o.max_amount""",
    "a payment stands where its last move left it": """
        SELECT p.id FROM payments p LEFT JOIN LATERAL (
            SELECT payment_to FROM moves m WHERE m.payment_id = p.id ORDER BY version DESC LIMIT 1) last ON true
        WHERE last.payment_to IS DISTINCT FROM p.state""",
    "an order stands where its last move left it": """
        SELECT o.id FROM orders o LEFT JOIN LATERAL (
            SELECT order_to, version FROM moves m WHERE m.order_id = o.id ORDER BY version DESC LIMIT 1) last ON true
        WHERE last.order_to IS DISTINCT FROM o.state OR last.version IS DISTINCT FROM o.version""",
    "no move of an order is missing": """
        SELECT order_id FROM moves GROUP BY 1 HAVING count(*) <> max(version) + 1 OR min(version) <> 0""",
    "what is told to the shop is what was done": """
        SELECT b.move_id FROM outbox b JOIN moves m ON m.id = b.move_id
        WHERE b.order_id <> m.order_id OR b.sequence <> m.version""",
    "every caller in the journal is where it is": "SELECT id FROM exchanges WHERE remote <> '127.0.0.1'",
    "no secret is in the journal": """
        SELECT id FROM exchanges WHERE EXISTS (
            SELECT FROM unnest(CAST(:secrets AS text[])) secret WHERE strpos(request || answer, secret) > 0)""",
}


async def broken_rules(database: AsyncEngine, secrets: list[str]) -> dict[str, list[Any]]:
    """By rule, the first rows that break it."""
    broken = {}
    async with database.connect() as connection:
        for rule, query in RULES.items():
            values = {"secrets": secrets} if ":secrets" in query else {}
            if rows := list((await connection.execute(text(query), values)).scalars())[:5]:
                broken[rule] = rows
    return broken

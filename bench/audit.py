"""Whether the rows agree with each other after a run: fast and wrong would be worth nothing."""

from typing import Any, Final, Protocol


class Database(Protocol):
    async def ask(self, question: str) -> Any: ...


QUESTIONS: Final = {
    "one-time orders with more than one live payment": """
        SELECT count(*) FROM (
            SELECT FROM payments WHERE one_time AND state IN ('pending', 'paid') GROUP BY order_id HAVING count(*) > 1
        ) x
    """,
    "orders that are paid without a paid payment, or the other way round": """
        SELECT count(*) FROM orders o
        WHERE o.kind = 'one_time'
            AND (o.state = 'paid') <> EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.state = 'paid')
    """,
    "payments that differ in amount from their order": """
        SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.amount <> o.amount
    """,
    "transitions of payments without an event, or with two": """
        SELECT count(*) FROM transitions m
        WHERE m.payment_id IS NOT NULL AND m.id > 0
            AND (SELECT count(*) FROM outbox x WHERE x.transition_id = m.id) <> 1
    """,
}


async def disagreements(database: Database) -> list[str]:
    counts = {question: await database.ask(sql) for question, sql in QUESTIONS.items()}
    return [f"the database: {count} {question}" for question, count in counts.items() if count]

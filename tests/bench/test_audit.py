"""The rows are looked at after every measurement, and what is wrong in them is found."""

from typing import Any

import pytest
from sqlalchemy import text

from bench.audit import disagreements
from schema.values import to_ms
from tests.actors.payme import OK

TWICE = """
    INSERT INTO payments (id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state,
        provider_time, created_at, performed_at)
    SELECT id + 1000, order_id, shop, provider, 'other', also_known_as, account, one_time, amount, state,
        provider_time, created_at, performed_at
    FROM payments
"""


class Database:
    """Asks as `bench.orders.Orders` does, within the transaction of a test."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def ask(self, question: str) -> Any:
        return (await self._connection.execute(text(question))).scalar()


@pytest.fixture
async def paid(shop, payme, clock):
    await shop.opens("1001", OK)
    await payme.creates("5f3a", to_ms(clock()))
    await payme.performs("5f3a")


@pytest.fixture
async def connection(database, paid):
    """What is done on it is undone at the end."""
    async with database.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        yield connection
        await connection.rollback()


async def test_rows_that_agree(connection):
    assert await disagreements(Database(connection)) == []


UNGUARDED = "ALTER TABLE outbox DISABLE TRIGGER append_only"


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (["UPDATE orders SET state = 'awaiting'"], "1 orders that are paid without a paid payment"),
        (["UPDATE payments SET state = 'pending', performed_at = NULL"], "1 orders that are paid without"),
        (["UPDATE payments SET amount = amount + 1"], "1 payments that differ in amount"),
        ([UNGUARDED, "DELETE FROM outbox WHERE event = 'payment.paid'"], "1 transitions of payments without an event"),
        (["DROP INDEX one_live_payment", TWICE], "1 one-time orders with more than one live payment"),
    ],
)
async def test_rows_that_disagree(connection, damage, found):
    for statement in damage:
        await connection.execute(text(statement))
    (said,) = await disagreements(Database(connection))
    assert said.startswith(f"the database: {found}")

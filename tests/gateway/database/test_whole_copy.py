"""What an upgrade compares: any row and any sequence that is not as it was shows."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database.whole_copy import Contents, contents
from tests.gateway.cli.test_backup import ORDER
from tests.other_sessions import execute


def changed(before: Contents, after: Contents) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


async def test_a_row_more_a_row_that_is_another_and_a_number_that_was_given_show(
    database: AsyncEngine, database_url: str
) -> None:
    for statement, shows in (
        ("SELECT 1", set()),
        (ORDER, {"table public.orders"}),
        ("UPDATE orders SET amount = amount + 1", {"table public.orders"}),
        ("SELECT nextval('payment_ids')", {"sequence public.payment_ids"}),
    ):
        before = await asyncio.to_thread(contents, database_url)
        await execute(database_url, statement)
        assert changed(before, await asyncio.to_thread(contents, database_url)) == shows, statement

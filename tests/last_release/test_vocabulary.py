"""Every word that the database allows in a column occurs in the rows that the last release's tests meet."""

import re

from tests.last_release.database import LATER_SHOP, run_script
from tests.last_release.rows import Rows
from tests.last_release.vocabulary import vocabularies

CHECKS = """
    SELECT conrelid::regclass::text, attname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'c' AND array_length(conkey, 1) = 1 AND pg_get_constraintdef(pg_constraint.oid) LIKE '%ARRAY[%'
"""


async def test_every_word_occurs_in_each_column_that_may_hold_it(shop, database):
    async with database.connect() as connection:
        await run_script(connection, Rows().sql())
    allowed = await shop.reads(CHECKS)
    for table, column, check in allowed:
        whose = "asked_by" if table == "webhook_replays" else "shop"
        held = await shop.reads(f"SELECT DISTINCT {column} FROM {table} WHERE {whose} = '{LATER_SHOP}'")
        words = set(re.findall(r"'(\w+)'::text", check))
        assert words - {word for (word,) in held} == set(), f"rows.py leaves words of {table}.{column} out"
    assert {(table, column) for table, column, _ in allowed} >= {*vocabularies(), ("orders", "state")}


def test_a_word_may_be_left_out_of_all_columns():
    assert ("'expired'" in Rows(without={"expired"}).sql(), "'expired'" in Rows().sql()) == (False, True)

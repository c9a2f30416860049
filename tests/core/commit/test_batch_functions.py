"""The functions of a batch: what they read is younger than the locks, and what was not as it was read is not saved."""

import asyncio
import json
import math
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core.commit import store
from core.connection_pools import pools
from core.db.connection import Connections
from core.db.engine import PLANNER_SETTINGS
from core.db.errors import LostRaceError, connection_is_sound
from core.db.literal import literal
from core.domain.answers import Refused
from core.domain.commands import ExternalPaymentRef
from core.domain.decide import decide
from core.domain.errors import TryAgain
from core.domain.periods import Periods
from core.domain.refusals import Refusal
from core.domain.unit_of_work import UnitOfWork
from schema.values import Provider, Verb
from tests.core.conftest import attempt, creation, lock_waits, performance
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding

PARTS = (
    *("order_updates", "order_inserts", "payment_updates", "payment_inserts", "transitions", "events"),
    *("stored_answers", "terms", "receipts"),
)
THEIRS = """
    INSERT INTO payments (
        id, order_id, shop, provider, external_id, also_known_as, account, one_time, amount, state, provider_time,
        created_at
    )
    SELECT -1, id, 'main', 'payme', 'theirs', '{}', '{}', true, 1, 'pending', now(), now() FROM orders
"""
RESERVE = "UPDATE orders SET state = 'reserved', version = version + 1"
STANDING = """
    SELECT o.state, o.version, p.state, count(t) FROM orders o JOIN payments p ON p.order_id = o.id
    JOIN transitions t ON t.order_id = o.id GROUP BY 1, 2, 3
"""
RAISES_AT_ORDERS = (
    "CREATE FUNCTION refuse_order() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE 'no' USING ERRCODE = '{sqlstate}'; END $$",
    "CREATE TRIGGER refuses_orders BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse_order()",
)
CANCEL = "UPDATE payments SET state = 'cancelled', reason = 5, cancelled_at = now()"


@pytest.fixture
async def connections(database_url):
    async with pools(database_url) as (payments, _):
        yield Connections(payments)


@pytest.fixture
def theirs(database):
    """Another transaction, which is committed in the end."""

    class Theirs:
        async def __aenter__(self):
            self._connection = await database.connect().start()
            await self._connection.execution_options(isolation_level="READ COMMITTED")
            return self

        async def does(self, *statements):
            for statement in statements:
                await self._connection.execute(text(statement))

        async def __aexit__(self, *_):
            await self._connection.commit()
            await self._connection.close()

    return Theirs()


async def rows(database, sql):
    async with database.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(sql))]


def saving(*, waiting=False, reviving=False, **parts):
    texts = (literal(json.dumps(parts[part])) if part in parts else "NULL" for part in PARTS)
    return f"SELECT save_1({', '.join(texts)}, {waiting}, {reviving})"


async def test_what_is_read_is_younger_than_the_locks(opens, clock, database, connections, theirs):
    where = await opens("1001")
    async with connections.transaction(math.inf, WAIT_SECONDS) as connection:
        async with theirs:
            await theirs.does("SELECT FROM orders FOR NO KEY UPDATE")
            ours = asyncio.create_task(store.lock_and_load(connection, [creation(where, "theirs", clock)], wait=True))
            await lock_waits(database, 1)
            await theirs.does(THEIRS, RESERVE)
        locked = await ours
    assert [(order.state, order.version) for order in locked.orders] == [("reserved", 1)]
    assert [payment.id for payment in locked.payments] == [-1]


async def test_payments_of_orders_that_are_blocked_are_not_read(wired_core, opens, clock, database, connections):
    held, free = await opens("held"), await opens("free")
    for where in (held, free):
        await wired_core.do(creation(where, where.account, clock))
    commands = [performance("held"), performance("free")]
    async with (
        holding(database, "SELECT FROM orders WHERE account = 'held' FOR UPDATE"),
        connections.transaction(math.inf, WAIT_SECONDS) as connection,
    ):
        locked = await store.lock_and_load(connection, commands, wait=False)
    assert [order.account for order in locked.orders] == ["free"]
    assert [payment.external_id for payment in locked.payments] == ["free"]
    assert list(locked.blocked) == [0]


async def test_an_attempts_siblings_are_read_with_its_order(wired_core, opens, database, connections):
    """Ended ones too, by the number that the call has; another order's payment with it is none of them."""
    where, other = await opens("1001"), await opens("1002")
    first = await wired_core.do(attempt(where, 7))
    await wired_core.do(attempt(other, 7))
    async with database.connect() as connection:
        await connection.execute(text(CANCEL))
    newer = replace(attempt(where, 7), payment=ExternalPaymentRef("main", Provider.CLICK, "54321:8:1001"))
    async with connections.transaction(math.inf, WAIT_SECONDS) as connection:
        locked = await store.lock_and_load(connection, [newer], wait=False)
    assert [payment.id for payment in locked.payments] == [first.payment.id]


OF_A_ROLE = [
    [],
    ["plan_cache_mode"],
    *([name for name in PLANNER_SETTINGS if name != left] for left in PLANNER_SETTINGS),
]


@pytest.mark.parametrize("of_the_role", OF_A_ROLE)
async def test_through_a_pooler_its_statements_are_planned_as_all_of_the_payment_path(
    opens, clock, database_url, of_the_role
):
    """There no settings of a connection reach the server; and in a function what is planned stays planned."""
    command = creation(await opens("1001"), "a", clock)
    async with pools(database_url, pooled=True) as (payments, _):
        async with Connections(payments).transaction(math.inf, WAIT_SECONDS) as connection:
            for name in of_the_role:
                await connection.rows("SELECT set_config($1, $2, true)", [name, PLANNER_SETTINGS[name]])
            await store.lock_and_load(connection, [command], wait=False)
            asked = "SELECT name, current_setting(name) FROM unnest(CAST($1 AS text[])) AS s (name)"
            assert dict(await connection.rows(asked, [list(PLANNER_SETTINGS)])) == PLANNER_SETTINGS
        async with Connections(payments).autocommit() as connection:
            ((mode,),) = await connection.rows("SHOW plan_cache_mode", [])
            assert mode == "auto", "the next user of the server connection has its own"


async def saves(connections, work, commands, falsify=lambda work: None):
    """One batch, but for what `falsify` does to the unit of work before it is saved."""
    async with connections.transaction(math.inf, WAIT_SECONDS) as connection:
        locked = await store.lock_and_load(connection, commands, wait=False)
        await store.load(connection, work, locked, commands)
        for command in commands:
            decide(work, command, datetime.now(UTC), "")
        falsify(work)
        await connection.commit(store.saving(work, range(-len(commands), 0), wait=False))


@pytest.mark.parametrize("of", ["orders_read", "payments_read"])
@pytest.mark.parametrize("verbs", [set(), {Verb.REVIVE}], ids=["", "with a revival"])
async def test_what_was_not_as_it_was_read_is_not_saved(wired_core, opens, clock, database, connections, of, verbs):
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    before = await rows(database, STANDING)
    work = UnitOfWork(Periods())

    def falsify(work):
        [(id_, row)] = getattr(work, of).items()
        getattr(work, of)[id_] = row._replace(state="paid")
        work.verbs |= verbs

    with pytest.raises(Exception, match="not as it was read") as refused:
        await saves(connections, work, [performance("a")], falsify)
    assert isinstance(store.rollback_of(refused.value, work), LostRaceError)
    assert connection_is_sound(refused.value)
    assert await rows(database, STANDING) == before


@pytest.mark.parametrize("part", ["terms", "receipts"])
async def test_terms_and_receipts_of_rows_that_are_not_there_are_not_saved(connections, part):
    with pytest.raises(Exception, match=r"other terms|no payment") as refused:
        async with connections.transaction(math.inf, WAIT_SECONDS) as connection:
            await connection.commit(saving(**{part: [{"id": -7, "version": 1}]}))
    assert isinstance(store.rollback_of(refused.value, UnitOfWork(Periods())), LostRaceError)


async def test_payments_that_another_has_locked_are_named_and_nothing_is_saved(
    wired_core, opens, clock, database, connections
):
    held, free = await opens("held"), await opens("free")
    for where in (held, free):
        await wired_core.do(creation(where, where.account, clock))
    work = UnitOfWork(Periods())
    async with holding(database, "SELECT FROM payments WHERE external_id = 'held' FOR UPDATE"):
        with pytest.raises(Exception, match="locked by another") as refused:
            await saves(connections, work, [performance("held"), performance("free")])
    rollback = store.rollback_of(refused.value, work)
    assert isinstance(rollback, store.PaymentsBlockedError)
    assert [work.orders[id_].account for id_ in rollback.order_ids] == ["held"]
    assert await rows(database, "SELECT DISTINCT state FROM payments") == [("pending",)]


@pytest.fixture
def raises(database):
    """In here no order can be saved, by this error."""

    @asynccontextmanager
    async def raising(sqlstate):
        async with database.connect() as connection:
            for statement in RAISES_AT_ORDERS:
                await connection.execute(text(statement.format(sqlstate=sqlstate)))
            try:
                yield
            finally:
                await connection.execute(text("DROP FUNCTION refuse_order CASCADE"))

    return raising


ERRORS = [("57014", "statement_timeout", TryAgain), ("XX001", "internal", TryAgain), ("0A000", "bug", Exception)]


@pytest.mark.parametrize(("sqlstate", "kind", "heard"), ERRORS)
async def test_what_goes_wrong_in_a_save_has_its_own_name(opens, raises, observer, sqlstate, kind, heard):
    """It is not called an unknown COMMIT, nor run again as one until nobody waits."""
    async with raises(sqlstate):
        with pytest.raises(heard):
            await opens("1001")
    assert observer.database_errors == [kind]


async def test_beside_an_older_process_with_statements_of_its_own(wired_core, opens, clock, database, theirs):
    """It locks the order, as the functions do; whoever comes second decides by what the first has written."""
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    async with theirs:
        await theirs.does("SELECT id FROM orders ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
        ours = asyncio.create_task(wired_core.do(performance("a")))
        await lock_waits(database, 1)
        await theirs.does(CANCEL, "UPDATE orders SET state = 'awaiting', version = version + 1")
    assert (await ours).refusal is Refusal.PAYMENT_CANCELLED
    assert isinstance(await ours, Refused)


async def test_the_embedded_servers_log_has_no_rows_of_a_save(database):
    assert await rows(database, "SHOW log_min_error_statement") == [("panic",)]

"""A restored database answers nothing before it is resumed, and no payment of before ends before it is reconciled."""

from datetime import timedelta
from functools import partial

import pytest

from core.audit.audit import audit_books
from core.connection_pools import pools
from core.domain.answers import Allowed, Done, Refused
from core.domain.commands import Check, LookUp, OrderRef
from core.domain.errors import Suspended, TryAgain
from core.domain.periods import Periods
from core.facade import Core
from core.restores import RECONCILE
from schema.values import Provider
from tests.core.conftest import AMOUNT, creation, opening, payme_ref, performance
from tests.log_records import logged
from tests.other_sessions import execute, without

WHERE, OTHER = OrderRef("main", "1001"), OrderRef("main", "1002")


@pytest.fixture
async def process(database, database_url, clock, timeouts):
    """The core of a process that has just begun."""
    async with pools(database_url) as (payments, reports):
        cores = []

        def begun():
            cores.append(Core(payments, reports, clock=clock, database_clock=clock.of_database))
            return cores[-1]

        yield begun
        for core in cores:
            await core.close()


@pytest.fixture
def sql(database, database_url):
    return partial(execute, database_url)


@pytest.fixture
def restored(sql):
    """The database was put back from a copy; `tiyin db restored` may have been run since then."""

    async def mark(*, resumed=False):
        await sql("INSERT INTO restores DEFAULT VALUES")
        if resumed:
            first = "(SELECT max(id) + 1 FROM payments)"
            await sql(f"UPDATE restores SET resumed_at = now(), first_payment_id = {first} WHERE resumed_at IS NULL")

    return mark


def reads(core, since):
    """Each way to ask the core for something."""
    return {
        "do": lambda: core.do(opening(WHERE)),
        "check": lambda: core.check(Check(WHERE, AMOUNT)),
        "order": lambda: core.order(WHERE),
        "orders": lambda: core.orders("main", None, 10, None),
        "payments": lambda: core.payments(WHERE, 10, None),
        "found": lambda: core.found(None, 10, None),
        "timeline": lambda: core.timeline(WHERE, str),
        "statement": lambda: anext(core.statement("main", Provider.PAYME, since, since)),
    }


@pytest.mark.parametrize("name", reads(None, None))
async def test_nothing_is_answered_before_it_is_resumed(process, restored, clock, name):
    await restored()
    core = process()
    with pytest.raises(Suspended):
        await reads(core, clock())[name]()
    assert await core.sweeper.sweep() == 0


async def test_a_process_that_served_before_a_restore_serves_no_more(process, restored, database, clock):
    """It has ids of before in stock."""
    old = process()
    await old.do(opening(WHERE))
    await old.do(creation(WHERE, "a", clock))
    await restored(resumed=True)
    new = process()
    for core in (old, new):
        await core.restores.read(database)
    with pytest.raises(Suspended):
        await old.do(performance("a"))
    assert isinstance(await new.do(performance("a")), Done)


async def test_one_that_was_not_let_serve_goes_on_once_it_is_resumed(process, restored, sql, database):
    await restored()
    core = process()
    with pytest.raises(Suspended):
        await core.do(opening(WHERE))
    await sql("UPDATE restores SET resumed_at = now(), first_payment_id = 1000")
    with pytest.raises(Suspended):
        await core.do(opening(WHERE))
    await core.restores.read(database)
    await core.do(opening(WHERE))


async def test_where_that_cannot_be_known_nothing_is_answered(process, database):
    core = process()
    async with without(database, "restores"):
        with pytest.raises(TryAgain):
            await core.do(opening(WHERE))
    await core.do(opening(WHERE))


async def test_what_is_from_before_ends_only_once_it_is_reconciled(process, restored, sql, database, clock, caplog):
    """The sweeper goes on with all else."""
    first = process()
    for ref in (WHERE, OTHER):
        await first.do(opening(ref))
    await first.do(creation(WHERE, "before", clock))
    await restored(resumed=True)
    core = process()
    await core.do(creation(OTHER, "after", clock))
    clock.advance(hours=13)
    assert await core.sweeper.sweep() == 1
    assert (await core.do(LookUp(payme_ref("before"), Provider.PAYME))).payment.state == "pending"
    assert isinstance(await core.check(Check(OTHER, AMOUNT)), Allowed)
    assert isinstance(await core.check(Check(WHERE, AMOUNT)), Refused)
    assert await audit_books(database, clock(), Periods().lifetimes) == []
    (line,) = logged(caplog.records, "restored database is to be reconciled")
    assert line["hint"] == RECONCILE
    await sql("UPDATE restores SET reconciled_at = now()")
    assert [finding.invariant.name for finding in await audit_books(database, clock(), Periods().lifetimes)] == [
        "lifetime"
    ]
    await core.restores.read(database)
    assert logged(caplog.records, "restored database is reconciled")
    assert await core.sweeper.sweep() == 1
    assert (await core.do(performance("before"))).refusal == "payment_cancelled"
    assert await audit_books(database, clock() + timedelta(seconds=1), Periods().lifetimes) == []

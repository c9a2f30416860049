"""Waiting commands share a transaction, and nothing that happens to one of them harms another."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import text

from core.domain.answers import Allowed, Done, Refused, Shown
from core.domain.commands import Cancel, Check, Details, LookUp, OpenOrder, OrderRef
from core.domain.errors import Overloaded, TryAgain
from core.domain.refusals import Refusal
from schema.values import OrderKind, PaymentState, Provider, Tiyin
from tests.conftest import only_read
from tests.core.conftest import AMOUNT, attempt, creation, opening, performance, theirs
from tests.long_timeouts import WAIT_SECONDS


async def test_one_command_alone_is_one_commit(desk, opens, cable, watcher):
    await opens("1001")
    assert (cable.commits, watcher.batches) == (1, [1])


async def test_commands_that_wait_together_share_a_transaction(desk, cable, watcher, clock):
    await asyncio.gather(*(desk.do(opening(OrderRef("main", str(n)))) for n in range(40)))
    assert cable.commits <= 3
    assert sum(watcher.batches) == 40


async def test_created_and_performed_in_one_batch_is_inserted_as_paid(desk, opens, clock, database, watcher):
    where = await opens("1001")
    watcher.batches.clear()
    created, performed = await asyncio.gather(desk.do(creation(where, "a", clock)), desk.do(performance("a")))
    assert (created.payment.state, performed.payment.state) == (PaymentState.PENDING, PaymentState.PAID)
    assert watcher.batches == [2]
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT state FROM payments"))).all() == [("paid",)]
        assert (await connection.execute(text("SELECT verb FROM transitions ORDER BY version"))).scalars().all() == [
            "open",
            "create",
            "perform",
        ]


async def test_released_payments_and_their_successors_in_one_batch_do_not_collide(desk, opens, clock, watcher):
    where = [await opens(str(n)) for n in range(10)]
    await asyncio.gather(*(desk.do(creation(order, f"a{order.account}", clock)) for order in where))
    watcher.batches.clear()
    answers = await asyncio.gather(
        *(desk.do(Cancel(theirs(f"a{order.account}"), Provider.PAYME, 1)) for order in where),
        *(desk.do(creation(order, f"b{order.account}", clock)) for order in where),
    )
    states = [answer.payment.state for answer in answers]
    assert states == [PaymentState.CANCELLED] * 10 + [PaymentState.PENDING] * 10
    assert watcher.batches == [20]
    assert watcher.database_errors == []


async def test_a_thousand_commands_are_answered_each_with_its_own(desk, clock):
    where = [OrderRef("main", str(n)) for n in range(250)]
    await asyncio.gather(*(desk.do(opening(order)) for order in where))
    for step in ("create", "perform", "look up"):
        answers = await asyncio.gather(*(desk.do(_command(step, order, clock)) for order in where))
        assert [answer.payment.external_id for answer in answers] == [order.account for order in where]


def _command(step, order, clock):
    match step:
        case "create":
            return creation(order, order.account, clock)
        case "perform":
            return performance(order.account)
    return LookUp(theirs(order.account), Provider.PAYME)


@pytest.mark.usefixtures("long_timeouts")
async def test_a_held_row_delays_only_its_own_callers(desk, opens, clock, database):
    held, free = await opens("held"), await opens("free")
    async with database.connect() as connection:
        holder = await connection.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM orders WHERE account = 'held' FOR UPDATE"))
        waiting = asyncio.create_task(desk.do(creation(held, "a", clock)))
        async with asyncio.timeout(WAIT_SECONDS):
            answer = await desk.do(creation(free, "b", clock))
        assert answer.payment.state is PaymentState.PENDING
        assert not waiting.done()
        await holder.rollback()
    assert (await waiting).payment.state is PaymentState.PENDING


@pytest.mark.usefixtures("long_timeouts")
async def test_a_payment_held_without_its_order_delays_only_its_own_callers(desk, opens, clock, database, watcher):
    held, free = await opens("held"), await opens("free")
    await desk.do(creation(held, "a", clock))
    watcher.batches.clear()
    async with database.connect() as connection:
        holder = await connection.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM payments WHERE external_id = 'a' FOR UPDATE"))
        waiting = asyncio.create_task(desk.do(performance("a")))
        other = asyncio.create_task(desk.do(creation(free, "b", clock)))
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await other).payment.state is PaymentState.PENDING
        assert not waiting.done()
        await holder.rollback()
    assert (await waiting).payment.state is PaymentState.PAID
    assert watcher.batches == [1, 1]


@pytest.mark.usefixtures("long_timeouts")
async def test_an_attempt_that_would_end_a_held_payment_delays_only_its_own_caller(desk, opens, database, watcher):
    held, free = await opens("held"), await opens("free")
    await desk.do(attempt(held, 1))
    watcher.batches.clear()
    async with database.connect() as connection:
        holder = await connection.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM payments FOR UPDATE"))
        waiting = asyncio.create_task(desk.do(attempt(held, 2)))
        other = asyncio.create_task(desk.do(attempt(free, 3)))
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await other).payment.state is PaymentState.PENDING
        assert not waiting.done()
        await holder.rollback()
    assert (await waiting).payment.state is PaymentState.PENDING
    assert watcher.batches == [1, 1]
    assert watcher.database_errors == []


async def test_a_row_that_is_held_too_long_gets_the_try_again_answer(desk, opens, clock, database, watcher):
    held = await opens("held")
    await desk.do(creation(await opens("another"), "another", clock))
    fetched = await last_payment_id(database)
    async with database.connect() as connection:
        holder = await connection.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT FROM orders WHERE account = 'held' FOR UPDATE"))
        answers = await asyncio.gather(
            *(desk.do(creation(held, "a", clock)) for _ in range(10)), return_exceptions=True
        )
        await holder.rollback()
    assert [type(answer) for answer in answers] == [TryAgain] * 10
    assert set(watcher.database_errors) == {"lock_timeout"}
    assert (await desk.do(creation(held, "a", clock))).repeat is False
    assert await last_payment_id(database) == fetched, "ids in stock are good still"


async def last_payment_id(database) -> int:
    async with database.connect() as connection:
        return (await connection.execute(text("SELECT last_value FROM payment_ids"))).scalar_one()


async def test_one_poisoned_command_harms_nobody_else(desk, opens, clock, watcher):
    where = [await opens(str(n)) for n in range(5)]
    poison = OpenOrder(
        OrderRef("main", "poison"), OrderKind.ONE_TIME, Tiyin(1), None, None, None, Details(metadata={"a": "\0"})
    )
    answers = await asyncio.gather(
        *(desk.do(creation(order, order.account, clock)) for order in where), desk.do(poison), return_exceptions=True
    )
    assert [type(answer) for answer in answers[:5]] == [Done] * 5
    assert isinstance(answers[5], Exception)
    assert not isinstance(answers[5], TryAgain)
    assert "bug" in watcher.database_errors


async def test_a_command_that_cannot_be_decided_harms_nobody_else(desk, opens, clock, watcher):
    where, other = await opens("1001"), await opens("1002")
    broken = creation(other, "b", clock)
    object.__setattr__(broken, "opened_at", None)  # the decision on it raises
    good, bad = await asyncio.gather(desk.do(creation(where, "a", clock)), desk.do(broken), return_exceptions=True)
    assert isinstance(good, Done)
    assert isinstance(bad, TypeError)
    assert watcher.database_errors == []  # the batch was not even run again


async def test_a_check_that_cannot_be_decided_harms_nobody_else(desk, opens):
    good, broken = await opens("1001"), await opens("1002", OrderKind.ACCUMULATIVE)
    checks = [Check(good, AMOUNT), Check(broken, None), Check(good, AMOUNT)]  # the decision on the second raises
    answers = await asyncio.gather(*map(desk.check, checks), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Allowed, TypeError, Allowed]


async def test_connections_to_a_server_that_may_only_be_read_are_given_up(desk, opens, cable, database, watcher):
    """It is the primary no longer, and the database's address may soon lead to another one; nobody hangs up on us."""
    where = await opens("1001")
    async with only_read(database):
        cable.abort()
        with pytest.raises(TryAgain):
            await opens("1002")
    assert set(watcher.database_errors) >= {"read_only"}
    await opens("1002")
    assert isinstance(await desk.check(Check(where, AMOUNT)), Allowed)


async def test_two_new_orders_of_one_account_at_once_are_one(desk):
    answers = await asyncio.gather(*(desk.do(opening(OrderRef("main", "1001"))) for _ in range(20)))
    assert Counter(answer.repeat for answer in answers) == {False: 1, True: 19}
    assert len({answer.order.id for answer in answers}) == 1


async def test_what_is_over_the_bound_gets_the_try_again_answer_at_once(desk, opens, clock, database, monkeypatch):
    monkeypatch.setattr("core.commit.scheduler.IN_FLIGHT_MAX_COMMANDS", 10)
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS", 5)
    beginnings = [opening(OrderRef("main", str(n))) for n in range(25)]
    answers = await asyncio.gather(*map(desk.do, beginnings), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Shown: 5, Overloaded: 20}
    answers = await asyncio.gather(*(desk.do(performance("a")) for _ in range(25)), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Refused: 10, Overloaded: 15}
    assert isinstance(await desk.do(opening(OrderRef("main", "later"))), Shown)


async def test_an_unknown_payment_is_refused_without_a_lock(desk):
    answer = await desk.do(performance("nobody's"))
    assert answer == Refused(Refusal.PAYMENT_NOT_FOUND)


@pytest.mark.parametrize("amount", [2**63, 10**30])
async def test_an_amount_beyond_the_database_is_refused_before_it_gets_there(desk, opens, clock, amount):
    where = await opens("balance", OrderKind.ACCUMULATIVE)
    command = creation(where, "a", clock)
    object.__setattr__(command, "amount", amount)
    assert await desk.do(command) == Refused(Refusal.WRONG_AMOUNT)


@pytest.mark.usefixtures("long_timeouts")
async def test_newcomers_are_turned_away_before_those_who_have_begun(desk, opens, clock, cable, watcher, monkeypatch):
    """The database is silent: what waits grows old, and whoever comes to begin something is told so at once."""
    where = await opens("1001")
    await desk.do(creation(where, "a", clock))
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS", 0.1)
    cable.flowing.clear()
    under_way = asyncio.create_task(desk.do(LookUp(theirs("a"), Provider.PAYME)))
    waiting = asyncio.create_task(desk.do(LookUp(theirs("a"), Provider.PAYME)))
    for _ in range(50):
        await asyncio.sleep(0)  # turns of the loop: these two are a batch now, and what comes waits behind it
    first = asyncio.create_task(desk.do(performance("a")))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(WAIT_SECONDS):
        with pytest.raises(Overloaded):
            await desk.do(opening(OrderRef("main", "1002")))
        with pytest.raises(Overloaded):
            await desk.check(Check(where, AMOUNT))
    assert not under_way.done()
    assert watcher.overloads == 2
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS", WAIT_SECONDS)
    cable.flowing.set()
    answers = await asyncio.gather(under_way, waiting, first, desk.do(performance("a")))
    assert [answer.payment.state for answer in answers[2:]] == [PaymentState.PAID] * 2
    assert isinstance(await desk.do(opening(OrderRef("main", "1002"))), Shown)

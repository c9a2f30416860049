"""Waiting commands share a transaction, and what happens to one of them harms no other."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import text

from core.domain.answers import Allowed, Done, Refused, Shown
from core.domain.commands import Cancel, Check, Details, LookUp, OpenOrder, OrderRef
from core.domain.errors import Overloaded, TryAgain
from core.domain.refusals import Refusal
from schema.values import OrderKind, PaymentState, Provider, Tiyin
from tests.core.conftest import AMOUNT, attempt, creation, opening, payme_ref, performance
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding, only_read


async def test_one_command_alone_is_one_commit(wired_core, opens, cable, observer):
    await opens("1001")
    assert (cable.commits, observer.batches) == (1, [1])


async def test_a_batch_is_three_round_trips(wired_core, opens, clock, cable):
    where = await opens("1001")
    for name in "ab":
        await wired_core.do(creation(where, name, clock))  # the second is refused; statements are prepared now
    cable.round_trips = 0
    await wired_core.do(performance("a"))
    assert cable.round_trips == 3


async def test_commands_that_wait_together_share_a_transaction(wired_core, cable, observer):
    await asyncio.gather(*(wired_core.do(opening(OrderRef("main", str(n)))) for n in range(40)))
    assert cable.commits <= 3
    assert sum(observer.batches) == 40


async def test_created_and_performed_in_one_batch_is_inserted_as_paid(wired_core, opens, clock, database, observer):
    where = await opens("1001")
    observer.batches.clear()
    created, performed = await asyncio.gather(
        wired_core.do(creation(where, "a", clock)), wired_core.do(performance("a"))
    )
    assert (created.payment.state, performed.payment.state) == (PaymentState.PENDING, PaymentState.PAID)
    assert observer.batches == [2]
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT state FROM payments"))).all() == [("paid",)]
        assert (await connection.execute(text("SELECT verb FROM transitions ORDER BY version"))).scalars().all() == [
            "open",
            "create",
            "perform",
        ]


async def test_released_payments_and_their_successors_in_one_batch_do_not_collide(wired_core, opens, clock, observer):
    where = [await opens(str(n)) for n in range(10)]
    await asyncio.gather(*(wired_core.do(creation(order, f"a{order.account}", clock)) for order in where))
    observer.batches.clear()
    answers = await asyncio.gather(
        *(wired_core.do(Cancel(payme_ref(f"a{order.account}"), Provider.PAYME, 1)) for order in where),
        *(wired_core.do(creation(order, f"b{order.account}", clock)) for order in where),
    )
    states = [answer.payment.state for answer in answers]
    assert states == [PaymentState.CANCELLED] * 10 + [PaymentState.PENDING] * 10
    assert observer.batches == [20]
    assert observer.database_errors == []


async def test_a_thousand_commands_are_answered_each_with_its_own(wired_core, clock):
    where = [OrderRef("main", str(n)) for n in range(250)]
    await asyncio.gather(*(wired_core.do(opening(order)) for order in where))
    for step in ("create", "perform", "look up"):
        answers = await asyncio.gather(*(wired_core.do(_command(step, order, clock)) for order in where))
        assert [answer.payment.external_id for answer in answers] == [order.account for order in where]


def _command(step, order, clock):
    match step:
        case "create":
            return creation(order, order.account, clock)
        case "perform":
            return performance(order.account)
    return LookUp(payme_ref(order.account), Provider.PAYME)


async def test_a_held_row_delays_only_its_own_callers(wired_core, opens, clock, database, observer):
    held, free = await opens("held"), await opens("free")
    async with holding(database, "SELECT FROM orders WHERE account = 'held' FOR UPDATE"):
        waiting = asyncio.create_task(wired_core.do(creation(held, "a", clock)))
        other = asyncio.create_task(wired_core.do(creation(free, "b", clock)))  # begin together: one batch
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await other).payment.state is PaymentState.PENDING
        assert not waiting.done()
        assert observer.database_errors == [], "nor did it wait for a while"
    assert (await waiting).payment.state is PaymentState.PENDING


async def test_a_payment_held_without_its_order_delays_only_its_own_callers(
    wired_core, opens, clock, database, observer
):
    held, free = await opens("held"), await opens("free")
    await wired_core.do(creation(held, "a", clock))
    observer.batches.clear()
    async with holding(database, "SELECT FROM payments WHERE external_id = 'a' FOR UPDATE"):
        waiting = asyncio.create_task(wired_core.do(performance("a")))
        other = asyncio.create_task(wired_core.do(creation(free, "b", clock)))
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await other).payment.state is PaymentState.PENDING
        assert not waiting.done()
    assert (await waiting).payment.state is PaymentState.PAID
    assert observer.batches == [1, 1]


async def test_an_attempt_that_would_end_a_held_payment_delays_only_its_own_caller(
    wired_core, opens, database, observer
):
    held, free = await opens("held"), await opens("free")
    await wired_core.do(attempt(held, 1))
    observer.batches.clear()
    async with holding(database, "SELECT FROM payments FOR UPDATE"):
        waiting = asyncio.create_task(wired_core.do(attempt(held, 2)))
        other = asyncio.create_task(wired_core.do(attempt(free, 3)))
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await other).payment.state is PaymentState.PENDING
        assert not waiting.done()
    assert (await waiting).payment.state is PaymentState.PENDING
    assert observer.batches == [1, 1]
    assert observer.database_errors == []


@pytest.mark.real_timeouts
async def test_a_row_that_is_held_too_long_gets_the_try_again_answer(wired_core, opens, clock, database, observer):
    held = await opens("held")
    await wired_core.do(creation(await opens("another"), "another", clock))
    fetched = await last_payment_id(database)
    async with holding(database, "SELECT FROM orders WHERE account = 'held' FOR UPDATE"):
        answers = await asyncio.gather(
            *(wired_core.do(creation(held, "a", clock)) for _ in range(10)), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [TryAgain] * 10
    assert set(observer.database_errors) == {"lock_timeout"}
    assert (await wired_core.do(creation(held, "a", clock))).repeat is False
    assert await last_payment_id(database) == fetched, "ids in stock are good still"


async def last_payment_id(database) -> int:
    async with database.connect() as connection:
        return (await connection.execute(text("SELECT last_value FROM payment_ids"))).scalar_one()


async def test_one_failing_command_harms_no_other(wired_core, opens, clock, observer):
    where = [await opens(str(n)) for n in range(5)]
    poison = OpenOrder(
        OrderRef("main", "poison"), OrderKind.ONE_TIME, Tiyin(1), None, None, None, Details(metadata={"a": "\0"})
    )
    answers = await asyncio.gather(
        *(wired_core.do(creation(order, order.account, clock)) for order in where),
        wired_core.do(poison),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[:5]] == [Done] * 5
    assert isinstance(answers[5], Exception)
    assert not isinstance(answers[5], TryAgain)
    assert "bug" in observer.database_errors


async def test_a_command_that_cannot_be_decided_harms_no_other(wired_core, opens, clock, observer):
    where, other = await opens("1001"), await opens("1002")
    broken = creation(other, "b", clock)
    object.__setattr__(broken, "opened_at", None)  # the decision on it raises
    good, bad = await asyncio.gather(
        wired_core.do(creation(where, "a", clock)), wired_core.do(broken), return_exceptions=True
    )
    assert isinstance(good, Done)
    assert isinstance(bad, TypeError)
    assert observer.database_errors == []  # the batch was not even run again


async def test_a_check_that_cannot_be_decided_harms_no_other(wired_core, opens):
    good, broken = await opens("1001"), await opens("1002", OrderKind.ACCUMULATIVE)
    checks = [Check(good, AMOUNT), Check(broken, None), Check(good, AMOUNT)]  # the decision on the second raises
    answers = await asyncio.gather(*map(wired_core.check, checks), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Allowed, TypeError, Allowed]


async def test_connections_to_a_server_that_may_only_be_read_are_dropped(wired_core, opens, cable, database, observer):
    """It is the primary no longer, and the database's address may soon lead to another one; it closes none of them."""
    where = await opens("1001")
    async with only_read(database):
        cable.abort()
        with pytest.raises(TryAgain):
            await opens("1002")
    assert set(observer.database_errors) >= {"read_only"}
    await opens("1002")
    assert isinstance(await wired_core.check(Check(where, AMOUNT)), Allowed)


async def test_two_new_orders_of_one_account_at_once_are_one(wired_core):
    answers = await asyncio.gather(*(wired_core.do(opening(OrderRef("main", "1001"))) for _ in range(20)))
    assert Counter(answer.repeat for answer in answers) == {False: 1, True: 19}
    assert len({answer.order.id for answer in answers}) == 1


async def test_commands_over_the_bound_get_the_try_again_answer_at_once(wired_core, monkeypatch):
    monkeypatch.setattr("core.commit.scheduler.IN_FLIGHT_MAX_COMMANDS", 10)
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_IN_FLIGHT_MAX_COMMANDS", 5)
    beginnings = [opening(OrderRef("main", str(n))) for n in range(25)]
    answers = await asyncio.gather(*map(wired_core.do, beginnings), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Shown: 5, Overloaded: 20}
    answers = await asyncio.gather(*(wired_core.do(performance("a")) for _ in range(25)), return_exceptions=True)
    assert Counter(type(answer) for answer in answers) == {Refused: 10, Overloaded: 15}
    assert isinstance(await wired_core.do(opening(OrderRef("main", "later"))), Shown)


async def test_an_unknown_payment_is_refused_without_a_lock(wired_core):
    answer = await wired_core.do(performance("nobody's"))
    assert answer == Refused(Refusal.PAYMENT_NOT_FOUND)


@pytest.mark.parametrize("amount", [2**63, 10**30])
async def test_an_amount_beyond_the_database_is_refused_before_it_gets_there(wired_core, opens, clock, amount):
    where = await opens("balance", OrderKind.ACCUMULATIVE)
    command = creation(where, "a", clock)
    object.__setattr__(command, "amount", amount)
    assert await wired_core.do(command) == Refused(Refusal.WRONG_AMOUNT)


async def test_new_payments_are_refused_before_those_under_way(wired_core, opens, clock, cable, observer, monkeypatch):
    """The database is silent: what waits grows old, and a new payment gets the try-again answer at once."""
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS", 0.1)
    cable.flowing.clear()
    under_way = asyncio.create_task(wired_core.do(LookUp(payme_ref("a"), Provider.PAYME)))
    waiting = asyncio.create_task(wired_core.do(LookUp(payme_ref("a"), Provider.PAYME)))
    for _ in range(50):
        await asyncio.sleep(0)  # turns of the loop: these two are a batch now, and what comes waits behind it
    first = asyncio.create_task(wired_core.do(performance("a")))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(WAIT_SECONDS):
        with pytest.raises(Overloaded):
            await wired_core.do(opening(OrderRef("main", "1002")))
        with pytest.raises(Overloaded):
            await wired_core.check(Check(where, AMOUNT))
    assert not under_way.done()
    assert observer.overloads == 2
    monkeypatch.setattr("core.commit.scheduler.NEW_PAYMENTS_QUEUE_WAIT_MAX_SECONDS", WAIT_SECONDS)
    cable.flowing.set()
    answers = await asyncio.gather(under_way, waiting, first, wired_core.do(performance("a")))
    assert [answer.payment.state for answer in answers[2:]] == [PaymentState.PAID] * 2
    assert isinstance(await wired_core.do(opening(OrderRef("main", "1002"))), Shown)

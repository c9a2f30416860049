"""A COMMIT whose answer was lost is unknown, not failed: the answer that leaves is what the rows say."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import text

from core.connection_pools import pools
from core.domain.answers import Answer, Done, Shown
from core.domain.commands import Attempt, AttemptRef, Confirm, ExternalPaymentRef, OrderRef
from core.domain.errors import TryAgain
from core.facade import Core
from schema.values import PaymentState, Provider
from tests.core.conftest import AMOUNT, creation, opening, performance
from tests.long_timeouts import WAIT_SECONDS
from tests.other_sessions import holding
from tests.wire import Cut

QUICK = [Cut.BEFORE, Cut.AFTER]
CUTS = [*QUICK, Cut.SILENT_BEFORE, Cut.SILENT_AFTER]


@pytest.mark.real_timeouts
@pytest.mark.usefixtures("long_deadline")
@pytest.mark.parametrize("cut", CUTS)
async def test_create_is_answered_as_the_first_time(wired_core, opens, clock, cable, observer, cut):
    where = await opens("1001")
    cable.cuts = [cut]
    answer = await wired_core.do(creation(where, "a", clock))
    assert (answer.payment.state, answer.repeat) == (PaymentState.PENDING, False)
    assert observer.database_errors == ["commit_unknown"]


@pytest.mark.real_timeouts
@pytest.mark.usefixtures("long_deadline")
@pytest.mark.parametrize("cut", CUTS)
async def test_a_complete_whose_commit_is_unknown_is_no_repeat(wired_core, opens, cable, cut):
    """Click's Complete answers 0 once, then -4: the caller whose own COMMIT was lost must still get the 0."""
    where = await opens("1001")
    ref = ExternalPaymentRef("main", Provider.CLICK, "54321:1:1001")
    prepared = await wired_core.do(
        Attempt(ref, where, AMOUNT, payment_number=1, declined_reason=None, account_received={})
    )
    cable.cuts = [cut]
    debited = AttemptRef("main", Provider.CLICK, "1001", prepared.payment.id, ref.external_id, 1)
    answer = await wired_core.do(Confirm(debited, AMOUNT))
    assert (answer.payment.state, answer.repeat) == (PaymentState.PAID, False)


@pytest.mark.parametrize("cut", QUICK)
async def test_a_whole_batch_gets_its_answers(wired_core, opens, clock, cable, database, cut):
    where = [await opens(str(n)) for n in range(30)]
    cable.cuts = [cut]
    answers = await asyncio.gather(*(wired_core.do(creation(order, order.account, clock)) for order in where))
    assert [type(answer) for answer in answers] == [Done] * 30
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM payments"))).scalar_one() == 30
        assert (await connection.execute(text("SELECT count(*) FROM transitions"))).scalar_one() == 60


@pytest.mark.parametrize("cut", QUICK)
async def test_a_new_order_is_there_once(wired_core, cable, database, cut):
    cable.cuts = [cut]
    answer = await wired_core.do(opening(OrderRef("main", "1001")))
    assert answer.order.account == "1001"
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM orders"))).scalar_one() == 1


@pytest.mark.parametrize("first", QUICK)
@pytest.mark.parametrize("second", QUICK)
async def test_cut_twice_and_answered_all_the_same(wired_core, opens, clock, cable, first, second):
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    cable.cuts = [first, second]
    answer = await wired_core.do(performance("a"))
    assert answer.payment.state is PaymentState.PAID


async def test_many_cuts_lose_nothing_and_double_nothing(wired_core, opens, clock, cable, database):
    where = [await opens(str(n)) for n in range(60)]
    cable.cuts = QUICK * 10
    answers = await asyncio.gather(
        *(wired_core.do(creation(order, order.account, clock)) for order in where), return_exceptions=True
    )
    repeats = await asyncio.gather(*(wired_core.do(creation(order, order.account, clock)) for order in where))
    for order, answer, again in zip(where, answers, repeats, strict=True):
        assert again.payment.external_id == order.account
        assert isinstance(answer, TryAgain) or answer.payment.id == again.payment.id
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM payments"))).scalar_one() == 60


async def test_broken_connections_are_replaced(wired_core, opens, clock, cable):
    where = await opens("1001")
    await cable.aborted()
    assert (await wired_core.do(creation(where, "a", clock))).payment.state is PaymentState.PENDING


async def test_a_database_that_is_away_is_the_try_again_answer_and_then_it_works_again(wired_core, opens, clock, cable):
    where = await opens("1001")
    cable.down = True
    cable.abort()
    with pytest.raises(TryAgain):
        await wired_core.do(creation(where, "a", clock))
    cable.down = False
    assert (await wired_core.do(creation(where, "a", clock))).repeat is False


@pytest.mark.real_timeouts
async def test_a_connection_lost_without_a_word_does_not_keep_its_locks(wired_core, opens, clock, cable):
    """The database does not learn that the connection is closed: only its own timeout ends its locks."""
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    cable.cuts = [Cut.LOST]
    answer: Answer | None = None
    async with asyncio.timeout(WAIT_SECONDS):
        while answer is None:
            with suppress(TryAgain):
                answer = await wired_core.do(performance("a"))
    assert answer.payment.state is PaymentState.PAID


async def test_a_lost_commit_delays_no_command_that_had_no_part_in_it(wired_core, opens, clock, cable, database):
    held, *others = [await opens(str(n)) for n in range(4)]
    async with holding(database, "SELECT FROM orders WHERE account = '0' FOR UPDATE"):
        cable.cuts = [Cut.AFTER]
        waiting = asyncio.create_task(wired_core.do(creation(held, "held", clock)))
        async with asyncio.timeout(WAIT_SECONDS):
            answers = await asyncio.gather(*(wired_core.do(creation(order, order.account, clock)) for order in others))
        assert [answer.payment.state for answer in answers] == [PaymentState.PENDING] * 3
    assert (await waiting).payment.state is PaymentState.PENDING


async def test_another_transition_with_the_same_id_is_not_taken_for_ours(
    wired_core, cable, clock, database, database_url
):
    """A server that takes over may give ids again that the lost one had given: its sequences are behind."""
    async with database.connect() as connection, pools(database_url) as (payments, reports):
        [place] = await connection.execute(text("SELECT last_value, is_called FROM transition_ids"))
        await wired_core.do(performance("nobody's"))
        cable.cuts, cable.down = [Cut.BEFORE], True
        answer = asyncio.create_task(wired_core.do(opening(OrderRef("main", "1001"))))
        while cable.cuts:
            await asyncio.sleep(0.01)
        await connection.execute(text("SELECT setval('transition_ids', :last_value, :is_called)"), place._asdict())
        rival = Core(payments, reports, clock=clock, database_clock=clock.of_database)
        await asyncio.gather(*(rival.do(opening(OrderRef("main", f"r{n}"))) for n in range(20)))
        cable.down = False
        assert isinstance(await answer, Shown)
        found = await connection.scalars(text("SELECT account FROM orders WHERE account = '1001'"))
        assert found.all() == ["1001"]
        await rival.close()

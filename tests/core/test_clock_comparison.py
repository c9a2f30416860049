"""Our clock beside the database's: when the two are compared, what a comparison costs, and whose is wrong."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import wall_clock
from core.clock_comparison import ClockComparison, database_now
from core.connection_pools import pools
from core.domain.answers import Allowed, Done, Refused
from core.domain.clock_trust import ClockTrust
from core.domain.commands import Check, LookUp, OrderRef
from core.domain.errors import ClockDisagrees
from core.facade import Core
from core.observer import NullObserver
from schema.test_mode import twin_of
from schema.values import Provider
from tests.core.conftest import AMOUNT, attempt, creation, opening, payme_ref, performance
from tests.log_records import logged

WHERE = OrderRef("main", "1001")
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class CountingClock:
    """Another clock than the gateway's, which counts how often it is asked."""

    def __init__(self, clock) -> None:
        self.clock, self.ahead, self.asked = clock, timedelta(), 0

    async def __call__(self, _) -> object:
        self.asked += 1
        return self.clock() + self.ahead


@pytest.fixture
def database_clock(clock):
    return CountingClock(clock)


@pytest.fixture
async def core(database, database_url, clock, database_clock, observer, timeouts):
    async with pools(database_url) as (payments, reports):
        core = Core(payments, reports, clock=clock, database_clock=database_clock, observer=observer)
        yield core
        await core.close()


async def test_usual_calls_ask_for_nothing_more(core, clock, database_clock):
    await core.do(opening(WHERE))
    assert database_clock.asked == 1, "the first time that something is opened"
    assert isinstance(await core.check(Check(WHERE, AMOUNT)), Allowed)
    for command in (creation(WHERE, "a", clock), creation(WHERE, "a", clock), performance("a"), performance("a")):
        assert isinstance(await core.do(command), Done)
    assert isinstance(await core.do(LookUp(payme_ref("a"), Provider.PAYME)), Done)
    other = OrderRef("main", "1002")
    await core.do(opening(other))
    await core.do(attempt(other, 1))
    assert database_clock.asked == 1


async def test_what_ends_by_the_clock_asks_once_for_the_batch(core, clock, database_clock):
    accounts = [OrderRef("main", str(n)) for n in range(5)]
    await asyncio.gather(*map(core.do, map(opening, accounts)))
    await asyncio.gather(*(core.do(creation(account, account.account, clock)) for account in accounts))
    clock.advance(hours=13)
    asked = database_clock.asked
    answers = await asyncio.gather(*(core.do(performance(account.account)) for account in accounts))
    assert all(isinstance(answer, Refused) for answer in answers)
    assert 1 <= database_clock.asked - asked <= 2, "the first is a batch of its own"


async def test_a_batch_that_was_decided_by_a_wrong_clock_is_decided_again(core, clock, database_clock, database):
    """Without its ends; the others of the batch are as if nothing had been."""
    await core.do(opening(WHERE))
    await core.do(creation(WHERE, "a", clock))
    others = [OrderRef("main", f"other-{n}") for n in range(3)]
    await asyncio.gather(*map(core.do, map(opening, others)))
    clock.advance(hours=12, seconds=31)
    database_clock.ahead = -31 * SECOND
    new = [creation(other, other.account, clock) for other in others]
    answers = await asyncio.gather(core.do(performance("a")), *map(core.do, new), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ClockDisagrees, Done, Done, Done]
    database_clock.ahead = timedelta()
    assert await core.sweeper.sweep() == 1


async def test_alone_in_its_batch_it_is_decided_again_as_well(core, clock, database_clock):
    await core.do(opening(WHERE))
    await core.do(creation(WHERE, "a", clock))
    clock.advance(hours=13)
    database_clock.ahead = -13 * HOUR
    with pytest.raises(ClockDisagrees):
        await core.do(performance("a"))


async def test_a_check_by_a_wrong_clock_is_asked_again(core, clock, database_clock):
    soon = clock() + HOUR
    await core.do(replace(opening(WHERE), expires_at=soon))
    clock.advance(hours=2)
    database_clock.ahead = -2 * HOUR
    with pytest.raises(ClockDisagrees):
        await core.check(Check(WHERE, AMOUNT))
    database_clock.ahead = timedelta()
    assert isinstance(await core.check(Check(WHERE, AMOUNT)), Refused)


async def test_a_sweep_asks_before_it_looks(core, clock, database_clock, observer):
    await core.do(opening(WHERE))
    await core.do(creation(WHERE, "a", clock))
    clock.advance(hours=13)
    database_clock.ahead = -31 * SECOND
    assert await core.sweeper.sweep() == 0
    assert round(observer.skews[-1].total_seconds()) == 31
    database_clock.ahead = -29 * SECOND
    assert await core.sweeper.sweep() == 1


@pytest.mark.parametrize("read_at", ["the beginning", "the end"])
async def test_a_slow_answer_is_no_skew(monkeypatch, read_at):
    monkeypatch.setattr("core.domain.clock_trust.DATABASE_SKEW_MAX", timedelta(seconds=0.2))

    async def slow(_):
        first = wall_clock()
        await asyncio.sleep(0.5)
        return first if read_at == "the beginning" else wall_clock()

    clocks = ClockComparison(wall_clock, slow, NullObserver())
    assert await clocks.compare(None, clocks.moment()) is ClockTrust.EVERYTHING
    assert abs(clocks.skew) < timedelta(seconds=0.5)


async def test_the_database_is_asked_for_its_clock(database_url, database):
    """Unless somebody gives another clock it is its own, at this very moment: not that of the transaction's start."""
    async with pools(database_url) as (payments, reports):
        for ahead in (timedelta(), -HOUR, HOUR):
            core = Core(payments, reports, clock=lambda ahead=ahead: wall_clock() + ahead)
            now = await core.clocks.trusted_now(reports)
            assert (now is not None) is (not ahead)
            assert abs(core.clocks.skew - ahead) < 5 * SECOND
    assert database_now is Core.__init__.__kwdefaults__["database_clock"]


@pytest.mark.parametrize(
    ("ours", "theirs", "providers", "alone"),
    [
        (3, 0, 0, "ours"),
        (-3, 0, 0, "ours"),
        (0, 3, 0, "database's"),
        (0, -3, 0, "database's"),
        (3, 0, 1.5, "unknown"),
        (0, 0.02, 0.01, "unknown"),
        (3, 0, None, "unknown"),
    ],
)
async def test_which_of_three_clocks_is_alone(ours, theirs, providers, alone, caplog):
    now = wall_clock()

    async def of_database(_):
        return now + theirs * HOUR

    clocks = ClockComparison(lambda: now + ours * HOUR, of_database, NullObserver())
    if providers is not None:
        clocks.provider_says(now + (providers - 2) * HOUR)  # a call that was sent again, long after its time
        clocks.provider_says(now + providers * HOUR)
    await clocks.compare(None, clocks.moment())
    await clocks.compare(None, clocks.moment())
    (line,) = logged(caplog.records, "clocks disagree")
    assert line["alone"] == alone
    assert line["skew_seconds"] == pytest.approx((ours - theirs) * 3600, abs=1)


@pytest.mark.parametrize(("shop", "alone"), [("main", "database's"), (twin_of("main"), "unknown")])
async def test_only_real_calls_tell_what_paymes_clock_shows(core, clock, database_clock, caplog, shop, alone):
    """Whatever came of them. In test mode a call's time is typed by hand."""
    await core.do(creation(OrderRef(shop, "nobody"), "a", clock))
    database_clock.ahead = 3 * HOUR
    assert await core.sweeper.sweep() == 0
    (line,) = logged(caplog.records, "clocks disagree")
    assert line["alone"] == alone


async def test_the_last_moment_that_there_is_harms_no_comparison(caplog):
    async def of_database(_):
        return wall_clock() - HOUR

    clocks = ClockComparison(wall_clock, of_database, NullObserver())
    clocks.provider_says(datetime.max.replace(tzinfo=UTC))
    await asyncio.sleep(0.01)
    assert await clocks.compare(None, clocks.moment()) is not ClockTrust.EVERYTHING
    assert logged(caplog.records, "clocks disagree")

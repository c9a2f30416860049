"""A time line has what was done to an order, and the calls that were about it, each once and oldest first."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import OrderRef, PastExchange, PastTransition
from gateway.observability.masking import without_cards
from schema.values import to_ms
from tests.actors.payme import OK

TEST_TOKEN = "test-token-of-test-mode-0123456789-zyxwvutsr"

EXCHANGE = text("""
    INSERT INTO exchanges (at, interface, shop, method, code, about, request, answer, correlation_id, microseconds)
    SELECT CAST(:at AS timestamptz), 'payme', :shop, :method, '0', :about, '', '', :correlation_id, 1000
    FROM generate_series(1, CAST(:count AS int))
""")


def told(timeline):
    """Each entry in a word or two."""
    return [
        entry.verb.value if isinstance(entry, PastTransition) else f"{entry.method} {entry.code}"
        for entry in timeline.entries
    ]


@pytest.fixture
def history(core):
    async def of(account="1001", shop="main", **more):
        return await core.timeline(OrderRef(shop, account), without_cards, **more)

    return of


@pytest.fixture
def journaled(database):
    """Puts calls into the journal that nobody made."""

    async def put(about, at, *, count=1, shop="main", method="CheckPerformTransaction", correlation_id="nobody's"):
        values = {"about": about, "at": at, "count": count, "shop": shop, "method": method}
        async with database.connect() as connection:
            await connection.execute(EXCHANGE, {**values, "correlation_id": correlation_id})

    return put


async def test_changes_and_calls_are_told_as_they_came(payme, click, shop, history, later, clock, journal_rows):
    await later(payme.checks("1001"))
    await later(shop.opens("1001", OK))
    await later(payme.checks("1001", OK + 1))
    await later(payme.creates("5f3a", to_ms(clock.now())))
    await later(click.prepares("1001", "50000"))
    await later(payme.with_key("wrong").performs("5f3a"))
    await later(payme.performs("5f3a"))
    await later(shop.shows("1001"))
    await later(shop.delivers("1001"))
    await later(payme.looks_at("5f3b"))  # another one's
    await journal_rows(10)
    timeline = await history()
    assert told(timeline) == [
        "CheckPerformTransaction -31050",
        "POST orders 201",
        "open",
        "CheckPerformTransaction -31001",
        "CreateTransaction 0",
        "create",
        "Prepare -9",
        "PerformTransaction -32504",
        "PerformTransaction 0",
        "perform",
        "POST deliver 200",
        "deliver",
    ]
    assert timeline.order.account == "1001"
    assert (timeline.older_transitions, timeline.older_exchanges) == (False, False)


async def test_a_change_is_told_with_its_payment_and_its_call(payme, shop, history, later, clock, journal_rows):
    await later(shop.opens("1001", OK))
    await later(payme.creates("5f3a", to_ms(clock.now())))
    created_at = clock.now()
    await later(payme.cancels("5f3a", 3))
    await journal_rows(3)
    _, opening, call, creation, _, end = (await history()).entries
    assert (opening.payment, opening.order_before, opening.order_after) == (None, None, "awaiting")
    assert (creation.actor, creation.order_before, creation.order_after) == ("payme", "awaiting", "reserved")
    assert abs(creation.at - created_at) < timedelta(milliseconds=1)
    payment = creation.payment
    assert (payment.provider, payment.external_id, payment.amount) == ("payme", "5f3a", OK)
    assert (payment.before, payment.after, end.payment.before, end.payment.after) == (
        None,
        "pending",
        "pending",
        "cancelled",
    )
    assert end.payment.reason == 3
    assert (call.correlation_id, call.payment_id) == (creation.correlation_id, payment.id)
    assert (call.interface, call.remote, call.refusal) == ("payme", "127.0.0.1", None)
    assert call.at + call.duration == created_at
    assert (call.request, call.answer) == (None, None)


async def test_bodies_are_read_where_they_are_asked_for(payme, shop, history, journal_rows):
    await shop.opens("1001", OK)
    await payme.checks("1001", 1)
    await journal_rows(2)
    calls = [entry for entry in (await history(bodies=True)).entries if isinstance(entry, PastExchange)]
    assert any('"amount": 1,' in call.request and "-31001" in call.answer for call in calls)


async def test_there_is_none_of_an_order_that_is_not_there(payme, history, journal_rows):
    await payme.checks("1001")
    await journal_rows(1)
    assert await history() is None


async def test_an_order_of_which_nobody_spoke_has_its_changes(shop, history, database, journal_rows):
    await shop.opens("1001")
    await journal_rows(1)
    async with database.connect() as connection:
        await connection.execute(text("DELETE FROM exchanges"))
    assert told(await history()) == ["open"]


async def test_calls_about_another_shops_order_are_not_told(shop, history, journaled, journal_rows, clock):
    await shop.opens("1001")
    await journal_rows(1)
    for other in ("toys", "toys~test", None):
        await journaled("1001", clock.now(), shop=other)
    assert told(await history()) == ["POST orders 201", "open"]


@pytest.mark.settings(API_TEST_TOKEN=TEST_TOKEN)
async def test_test_mode_has_its_own(payme, shop, history, later, journal_rows):
    await later(shop.opens("1001"))
    await later(shop.with_token(TEST_TOKEN).opens("1001"))
    await later(shop.with_token(TEST_TOKEN).closes("1001"))
    await later(payme.checks("1001"))
    await journal_rows(4)
    assert told(await history()) == ["POST orders 201", "open", "CheckPerformTransaction -31001"]
    trial = await history(shop="main~test")
    assert told(trial) == ["POST orders 201", "open", "POST cancel 200", "close"]


async def test_a_shop_that_asks_all_the_time_hides_nothing(shop, payme, history, journaled, journal_rows, clock, later):
    await shop.opens("1001", OK)
    await later(payme.checks("1001"))
    await journal_rows(2)
    await journaled("1001", clock.now(), count=1_000, method="GET order")
    timeline = await history()
    assert told(timeline) == ["POST orders 201", "open", "CheckPerformTransaction 0"]
    assert not timeline.older_exchanges


async def test_the_newest_calls_are_told_and_that_there_are_older_ones(shop, history, journaled, journal_rows, clock):
    await shop.opens("1001")
    await journal_rows(1)
    await journaled("1001", clock.now() + timedelta(hours=1), count=199)
    timeline = await history()
    assert (len(timeline.entries), timeline.older_exchanges) == (201, False)
    await journaled("1001", clock.now() + timedelta(hours=2))
    timeline = await history()
    assert (len(timeline.entries), timeline.older_exchanges, timeline.older_transitions) == (201, True, False)
    assert told(timeline)[:2] == ["open", "CheckPerformTransaction 0"]


async def test_the_newest_changes_are_told_and_that_there_are_older_ones(shop, history, clock, journal_rows):
    await shop.opens("b-1", amount=None, kind="accumulative")
    for number in range(199):
        await shop.amends("b-1", min_amount=number + 1)
    await journal_rows(200)
    assert not (await history("b-1")).older_transitions
    clock.advance(seconds=10)
    await shop.amends("b-1", min_amount=1)
    await journal_rows(201)
    timeline = await history("b-1")
    changes = [entry for entry in timeline.entries if isinstance(entry, PastTransition)]
    assert timeline.older_transitions
    assert [entry.version for entry in changes] == list(range(1, 201))


async def test_calls_about_payments_beyond_the_newest_hundred_are_told_with_their_changes(
    payme, shop, history, later, clock, journal_rows
):
    await shop.opens("b-1", amount=None, kind="accumulative")
    clock.advance(seconds=10)
    await payme.creates("first", to_ms(clock.now()), "b-1")
    for number in range(100):
        clock.advance(seconds=10)
        await payme.creates(f"id-{number}", to_ms(clock.now()), "b-1")
    await later(payme.performs("first"))
    await journal_rows(103)
    assert told(await history("b-1"))[-2:] == ["PerformTransaction 0", "perform"]


async def test_a_caller_that_gives_every_call_one_id_is_told_of_its_own_order(shop, history, journal_rows):
    same = {"X-Request-ID": "the-shops-own-server"}
    for account in ("1001", "1002"):
        await shop.calls("POST", "/api/v1/orders", {"account": account, "amount": 5}, headers=same)
        await shop.calls("GET", "/api/v1/orders", headers=same)
    await journal_rows(4)
    assert told(await history()) == ["POST orders 201", "open"]


async def test_a_card_number_as_an_account_is_found_though_the_journal_masks_it(payme, shop, history, journal_rows):
    await shop.opens("8600069195406311", OK)
    await payme.checks("8600069195406311", 1)
    await journal_rows(2)
    assert "CheckPerformTransaction -31001" in told(await history("8600069195406311"))


async def test_later_attempts_of_one_payment_lead_to_it(click, shop, history, journaled, journal_rows, clock):
    await shop.opens("1001")
    await click.prepares("1001", click_trans_id=7, click_paydoc_id=5)
    await click.prepares("1001", click_trans_id=8, click_paydoc_id=5)
    await journal_rows(3)
    await journaled("54321:8:1001", clock.now(), method="of another interface")
    timeline = await history()
    assert "note" in told(timeline)
    (call,) = [entry for entry in timeline.entries if "of another" in getattr(entry, "method", "")]
    assert call.payment_id is not None

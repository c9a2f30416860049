"""A shop amends or reopens an order while payers come for it: what is paid is what the order asks for."""

from collections.abc import Awaitable, Callable

import pytest

from tests.faults.concurrency.calls import AT_ONCE, PRICE, creation, payme_id
from tests.faults.concurrency.races import Attempt
from tests.faults.harness.concurrent_callers import amend, api, complete, payme, prepare

NEW_PRICE = 600_00
WRONG_AMOUNT = -31001
CLICKS_WRONG_AMOUNT = -2

NEVER_BEGUN = ("awaiting", None, "amended")


@pytest.fixture
async def fresh(opened) -> list[Attempt]:
    """Orders that nobody has come for."""
    return [(account, int(account), 0) for account in await opened(AT_ONCE)]


@pytest.fixture
def amounts(reads) -> Callable[[], Awaitable[set[tuple]]]:
    """Of every order, with those of the payments that have ended without money and of the others."""
    statement = """
    SELECT DISTINCT o.amount, CASE WHEN p.state <> 'cancelled' THEN p.amount END, o.state
    FROM orders o LEFT JOIN payments p ON p.order_id = o.id
    """

    async def read() -> set[tuple]:
        return set(await reads(statement))

    return read


async def test_an_amendment_against_paymes_creation(race, callers, fresh, amounts, now):
    """Where the payment was first, it is performed, and of the amount that its order still has."""
    await race(
        fresh,
        lambda account, number, _: [creation(payme_id(number), now, account), amend(account, amount=NEW_PRICE)],
        {
            (1, 409): ("reserved", "payme pending", "created"),
            (WRONG_AMOUNT, 200): NEVER_BEGUN,
        },
    )
    performs = [payme("PerformTransaction", id=payme_id(number)) for _, number, _ in fresh]
    assert {reply.word for reply in await callers.send(performs)} == {2, -31003}
    assert await amounts() == {(PRICE, PRICE, "paid"), (NEW_PRICE, None, "awaiting")}


async def test_an_amendment_against_clicks_attempt(race, callers, fresh, amounts):
    await race(
        fresh,
        lambda account, number, _: [prepare(account, number), amend(account, amount=NEW_PRICE)],
        {
            (0, 409): ("reserved", "click pending", "created"),
            (CLICKS_WRONG_AMOUNT, 200): NEVER_BEGUN,
        },
    )
    again = await callers.send([prepare(account, number) for account, number, _ in fresh])
    ids = [reply.json.get("merchant_prepare_id", 0) for reply in again]
    completes = [complete(account, number, id_) for (account, number, _), id_ in zip(fresh, ids, strict=True)]
    assert {reply.word for reply in await callers.send(completes)} == {0, -6}
    assert await amounts() == {(PRICE, PRICE, "paid"), (NEW_PRICE, None, "awaiting")}


async def test_an_amendment_against_perform_changes_nothing(race, created, amounts):
    """Held or paid: the order is not amended either way."""
    await race(
        created,
        lambda account, number, _: [
            payme("PerformTransaction", id=payme_id(number)),
            amend(account, amount=NEW_PRICE),
        ],
        {(2, 409): ("paid", "payme paid", "created paid")},
    )
    assert await amounts() == {(PRICE, PRICE, "paid")}


async def test_an_amendment_against_complete_changes_nothing(race, begun, amounts):
    await race(
        begun,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            amend(account, amount=NEW_PRICE),
        ],
        {(0, 409): ("paid", "click paid", "created paid")},
    )
    assert await amounts() == {(PRICE, PRICE, "paid")}


async def test_an_amendment_against_a_late_debit(race, late, amounts):
    """The debit is of the old amount: it pays the order as it was, or is given back."""
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            amend(account, amount=NEW_PRICE),
        ],
        {
            (0, 409): ("paid", "click paid", "created cancelled paid"),
            (-9, 200): ("awaiting", "click cancelled 105", "created cancelled amended cancelled"),
        },
    )
    assert await amounts() == {(PRICE, PRICE, "paid"), (NEW_PRICE, None, "awaiting")}


async def test_two_amendments_against_each_other(race, fresh, reads):
    """Both are made, one after the other, and none of either is lost."""
    await race(
        fresh,
        lambda account, _number, _: [amend(account, amount=NEW_PRICE), amend(account, description="Tea")],
        {(200, 200): ("awaiting", None, "amended amended")},
    )
    assert await reads("SELECT DISTINCT amount, description FROM orders") == [(NEW_PRICE, "Tea")]


async def test_reopening_against_a_late_debit(race, callers, late):
    """Reopened first, the order is paid; otherwise the debit is given back, and stays so."""
    withdrawals = [api(f"/orders/{account}/cancel") for account, _, _ in late]
    assert {reply.status for reply in await callers.send(withdrawals)} == {200}
    await race(
        late,
        lambda account, number, prepare_id: [
            complete(account, number, prepare_id),
            api(f"/orders/{account}/reopen"),
        ],
        {
            (0, 200): ("paid", "click paid", "created cancelled reopened paid"),
            (-9, 200): ("awaiting", "click cancelled 105", "created cancelled cancelled reopened"),
        },
    )
    completes = [complete(*attempt) for attempt in late]
    assert {reply.word for reply in await callers.send(completes)} == {-4, -9}

"""A payment of Payme's has outstayed its reservation: it is paid, or a newer one takes its order over, never both."""

import pytest

from schema.values import to_ms
from tests.faults.concurrency.calls import BUSY, CANNOT, PAID, creation, payme_id
from tests.faults.concurrency.races import Attempt
from tests.faults.harness.concurrent_callers import complete, payme, prepare

ANOTHERS = 1_000_000
"""Added to the numbers of a payment: those of the payment that comes for its order."""

RESERVATION_MINUTES = 30
PAID_FIRST = ("paid", "payme paid", "created paid")


@pytest.fixture
def periods() -> dict[str, str]:
    return {"PAYME_RESERVATION": str(60 * RESERVATION_MINUTES)}


@pytest.fixture
async def outstayed(created, shared_clock) -> list[Attempt]:
    """Payments through Payme that hold their orders against nobody new."""
    shared_clock.advance(minutes=RESERVATION_MINUTES, milliseconds=1)
    return created


def performance(number: int) -> bytes:
    return payme("PerformTransaction", id=payme_id(number))


async def test_anothers_creation_against_perform(race, outstayed, shared_clock):
    moment = to_ms(shared_clock.now())
    await race(
        outstayed,
        lambda account, number, _: [performance(number), creation(payme_id(number + ANOTHERS), moment, account)],
        {
            (2, PAID): PAID_FIRST,
            (CANNOT, 1): ("reserved", "payme cancelled 4, payme pending", "created cancelled created"),
        },
    )


async def test_clicks_attempt_against_perform(race, outstayed):
    await race(
        outstayed,
        lambda account, number, _: [performance(number), prepare(account, number)],
        {
            (2, -9): PAID_FIRST,
            (CANNOT, 0): ("reserved", "payme cancelled 4, click pending", "created cancelled created"),
        },
    )


async def test_two_that_take_over_have_one_winner(race, outstayed, shared_clock):
    moment = to_ms(shared_clock.now())
    await race(
        outstayed,
        lambda account, number, _: [creation(payme_id(number + ANOTHERS), moment, account), prepare(account, number)],
        {
            (1, -9): ("reserved", "payme cancelled 4, payme pending", "created cancelled created"),
            (BUSY, 0): ("reserved", "payme cancelled 4, click pending", "created cancelled created"),
        },
    )


async def test_the_debit_of_what_took_over_against_perform(race, callers, outstayed):
    """The one that was overtaken is never taken: the order is paid once."""
    replies = await callers.send([prepare(account, number) for account, number, _ in outstayed])
    ids = {reply.json["merchant_trans_id"]: reply.json["merchant_prepare_id"] for reply in replies}
    await race(
        outstayed,
        lambda account, number, _: [performance(number), complete(account, number, ids[account])],
        {(CANNOT, 0): ("paid", "payme cancelled 4, click paid", "created cancelled created paid")},
    )


@pytest.fixture
async def holding(late, callers, shared_clock) -> list[Attempt]:
    """Late attempts of Click's whose orders are held by a payment of Payme's that has outstayed its reservation."""
    moment = to_ms(shared_clock.now())
    creations = [creation(payme_id(number), moment, account) for account, number, _ in late]
    assert {reply.word for reply in await callers.send(creations)} == {1}
    shared_clock.advance(minutes=RESERVATION_MINUTES, milliseconds=1)
    return late


async def test_a_late_debit_against_the_payment_that_outstayed(race, holding):
    """It may not take the order over: whether Payme was first, it hears the same."""
    await race(
        holding,
        lambda account, number, prepare_id: [performance(number), complete(account, number, prepare_id)],
        {
            (2, -9): frozenset(
                {
                    ("paid", "click cancelled 105, payme paid", "created cancelled created paid cancelled"),
                    ("paid", "click cancelled 105, payme paid", "created cancelled created cancelled paid"),
                }
            )
        },
    )


async def test_a_late_debit_against_a_takeover(race, holding, shared_clock):
    moment = to_ms(shared_clock.now())
    payments, begun = "click cancelled 105, payme cancelled 4, payme pending", "created cancelled created"
    await race(
        holding,
        lambda account, number, prepare_id: [
            creation(payme_id(number + ANOTHERS), moment, account),
            complete(account, number, prepare_id),
        ],
        {
            (1, -9): frozenset(
                {
                    ("reserved", payments, f"{begun} cancelled cancelled created"),
                    ("reserved", payments, f"{begun} cancelled created cancelled"),
                }
            )
        },
    )

"""Receipts are written without being read: whatever comes in one batch, the payment has what the last ones said."""

import asyncio
from itertools import permutations

import pytest
from sqlalchemy import text

from core.domain.commands import Cancel, DeliverOrder, Fiscalise
from core.domain.json_text import to_json
from core.domain.receipts import Receipt, ReceiptFailure, Receipts, read_receipts
from schema.tables import RECEIPTS
from schema.values import Provider
from tests.core.conftest import creation, payme_ref, performance

NOTHING = Receipts(None, None, None, None)


def receipt(number: str) -> Receipt:
    return Receipt(None, None, None, number, None, {"receipt_id": number})


def failure(code: str) -> ReceiptFailure:
    return ReceiptFailure(code, None, {"status_code": code})


FIRST, SECOND, FAILURE, WORSE = receipt("1"), receipt("2"), failure("-1"), failure("-2")
OF_CANCEL = receipt("3")


def sets(outcome, kind="perform"):
    return Fiscalise(payme_ref("a"), Provider.PAYME, kind, outcome)


@pytest.fixture
async def paid(wired_core, opens, clock, observer):
    """An order whose payment is taken."""
    where = await opens("1001")
    await wired_core.do(creation(where, "a", clock))
    await wired_core.do(performance("a"))
    observer.batches.clear()
    return where


async def together(core, observer, *commands):
    answers = await asyncio.gather(*map(core.do, commands))
    assert observer.batches == [len(commands)]
    observer.batches.clear()
    return answers


@pytest.fixture
def stored(database):
    """What the one payment has, with all that came."""

    async def read():
        async with database.connect() as connection:
            row = (await connection.execute(text(f"SELECT {', '.join(RECEIPTS)} FROM payments"))).one()
        return read_receipts(*(value if value is None or isinstance(value, str) else to_json(value) for value in row))

    return read


FOLDED = {
    "a receipt, then a failure": ((FIRST, FAILURE), NOTHING._replace(perform=FIRST, perform_failure=FAILURE)),
    "a failure, then a receipt": ((FAILURE, FIRST), NOTHING._replace(perform=FIRST)),
    "two receipts": ((FIRST, SECOND), NOTHING._replace(perform=SECOND)),
    "two failures": ((FAILURE, WORSE), NOTHING._replace(perform_failure=WORSE)),
    "failure, receipt, failure": ((FAILURE, FIRST, WORSE), NOTHING._replace(perform=FIRST, perform_failure=WORSE)),
}


@pytest.mark.parametrize(("outcomes", "expected"), FOLDED.values(), ids=FOLDED)
async def test_what_comes_in_one_batch_is_folded_in_its_order(wired_core, observer, paid, outcomes, expected, stored):
    await together(wired_core, observer, *map(sets, outcomes))
    assert await stored() == expected


@pytest.mark.parametrize("order", list(permutations([sets(FIRST), sets(FAILURE), sets(OF_CANCEL, "cancel")])))
async def test_the_kinds_are_apart_within_a_batch_too(wired_core, observer, paid, order, stored):
    await together(wired_core, observer, *order)
    kept = await stored()
    is_last = order.index(sets(FAILURE)) > order.index(sets(FIRST))
    assert kept == Receipts(FIRST, OF_CANCEL, FAILURE if is_last else None, None)


async def test_a_failure_touches_no_receipt_that_was_there(wired_core, observer, paid, stored):
    await together(wired_core, observer, sets(FIRST), sets(OF_CANCEL, "cancel"))
    await together(wired_core, observer, sets(FAILURE))
    assert await stored() == Receipts(FIRST, OF_CANCEL, FAILURE, None)
    await together(wired_core, observer, sets(WORSE, "cancel"))
    assert await stored() == Receipts(FIRST, OF_CANCEL, FAILURE, WORSE)


async def test_a_receipt_ends_the_failure_that_was_there(wired_core, observer, paid, stored):
    await together(wired_core, observer, sets(FAILURE), sets(WORSE, "cancel"))
    await together(wired_core, observer, sets(FIRST))
    assert await stored() == NOTHING._replace(perform=FIRST, cancel_failure=WORSE)


async def test_a_later_change_of_the_payment_leaves_them(wired_core, observer, paid, stored):
    await together(wired_core, observer, sets(FIRST), sets(FAILURE))
    await together(wired_core, observer, Cancel(payme_ref("a"), Provider.PAYME, 5))
    assert await stored() == NOTHING._replace(perform=FIRST, perform_failure=FAILURE)


async def test_a_payment_that_began_in_the_same_batch_has_its_receipt(wired_core, opens, clock, observer, stored):
    where = await opens("1001")
    observer.batches.clear()
    await together(wired_core, observer, creation(where, "a", clock), performance("a"), sets(FIRST, None))
    assert await stored() == NOTHING._replace(perform=FIRST)


async def test_the_kind_follows_the_state_within_a_batch(wired_core, observer, paid, stored):
    back = Cancel(payme_ref("a"), Provider.PAYME, 5)
    await together(wired_core, observer, sets(FIRST, None), back, sets(OF_CANCEL, None))
    assert await stored() == NOTHING._replace(perform=FIRST, cancel=OF_CANCEL)


async def test_what_an_answer_shows_is_not_written_back(wired_core, observer, paid, stored):
    await together(wired_core, observer, sets(FIRST), sets(OF_CANCEL, "cancel"))
    await together(wired_core, observer, sets(FAILURE), DeliverOrder(paid))
    assert await stored() == NOTHING._replace(perform=FIRST, cancel=OF_CANCEL, perform_failure=FAILURE)


async def test_the_shops_answer_shows_what_the_batch_has_brought(wired_core, observer, paid, stored):
    await together(wired_core, observer, sets(FIRST), sets(FAILURE))
    shown = (await together(wired_core, observer, sets(SECOND), DeliverOrder(paid)))[1]
    assert shown.payments[0].receipts == NOTHING._replace(perform=SECOND)
    assert await stored() == NOTHING._replace(perform=SECOND)

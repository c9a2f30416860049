"""The runs of Payme's test cabinet, as its documentation orders them (Payme, "Sandbox")."""

import pytest

from tests.actors.payme import OK, creation
from tests.payme_rpc.calls import A, B, C, refusal

BUSY = [-31053, pytest.param(-31008, marks=pytest.mark.settings(PAYME_BUSY_ORDER_CODE="-31008"))]
"""What a held order is answered with, and how Payme's documentation would have it."""

BOTH = ["CheckPerformTransaction", "CreateTransaction"]


def looks(transaction, **more):
    """The whole answer of a CheckTransaction."""
    absent = {"create_time": 0, "perform_time": 0, "cancel_time": 0, "state": 1, "reason": None}
    return {**absent, "transaction": transaction, **more}


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize(
    "amount",
    [
        pytest.param(OK + 1, id="W1 W2"),
        pytest.param(OK // 100, id="W3"),
        pytest.param(OK * 100, id="W4"),
        pytest.param(0, id="W5"),
        pytest.param(-1, id="W6"),
    ],
)
async def test_wrong_amount(payme, shop, order, now, method, amount):
    assert await payme.says_twice(method, **creation(A, now, amount=amount)) == -31001
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("amount", [OK, pytest.param(123, id="U5")])
@pytest.mark.parametrize(
    "account",
    [
        pytest.param({"order_id": "nope"}, id="U1 U2"),
        pytest.param({}, id="U3"),
        pytest.param({"booking_id": "1001"}, id="U4"),
    ],
)
async def test_unknown_account(payme, shop, order, now, method, amount, account):
    assert await refusal(payme, method, **creation(A, now, amount=amount) | {"account": account}) == -31050
    assert await shop.states() == [(None, "awaiting")]


@pytest.mark.parametrize("busy", BUSY)
async def test_created_then_cancelled(payme, order, now, busy):  # s1
    assert await payme.checks() == {"allow": True}
    created = await payme.says_twice("CreateTransaction", **creation(A, now))
    transaction = created["transaction"]
    assert created == {"create_time": now, "transaction": transaction, "state": 1, "receivers": None}
    looked = looks(transaction, create_time=now, state=1)
    assert await payme.looks_at(A) == looked
    assert await refusal(payme, "CheckPerformTransaction", **creation(B, now)) == -31053
    assert await payme.creates(B, now) == busy
    cancelled = await payme.says_twice("CancelTransaction", id=A, reason=1)
    assert cancelled == {"transaction": transaction, "cancel_time": now, "state": -1}
    assert await payme.looks_at(A) == {**looked, "cancel_time": now, "state": -1, "reason": 1}
    assert await payme.performs(A) == -31008
    assert await payme.creates(A, now) == -31008
    assert await payme.checks() == {"allow": True}


@pytest.mark.parametrize("busy", BUSY)
async def test_performed_then_cancelled(payme, shop, order, now, busy):  # s2
    assert await payme.checks() == {"allow": True}
    transaction = (await payme.says_twice("CreateTransaction", **creation(A, now)))["transaction"]
    assert await payme.creates(B, now) == busy
    performed = await payme.says_twice("PerformTransaction", id=A)
    assert performed == {"transaction": transaction, "perform_time": now, "state": 2}
    looked = looks(transaction, create_time=now, perform_time=now, state=2)
    assert await payme.looks_at(A) == looked
    assert await refusal(payme, "CheckPerformTransaction", **creation(B, now)) == -31051
    assert await refusal(payme, "CreateTransaction", **creation(B, now)) == -31051
    assert await payme.creates(A, now) == -31008
    cancelled = await payme.says_twice("CancelTransaction", id=A, reason=5)
    assert cancelled == {"transaction": transaction, "cancel_time": now, "state": -2}
    assert await payme.looks_at(A) == {**looked, "cancel_time": now, "state": -2, "reason": 5}
    assert await payme.performs(A) == -31008
    assert await shop.states() == [("reversed", "refunded")]


async def test_delivered_goods_are_not_cancelled(payme, shop, order, now):  # s2_delivered
    assert await payme.checks() == {"allow": True}
    await payme.says_twice("CreateTransaction", **creation(A, now))
    await payme.says_twice("PerformTransaction", id=A)
    await shop.delivers("1001")
    before = await payme.looks_at(A)
    assert await payme.says_twice("CancelTransaction", id=A, reason=5) == -31007
    assert await payme.looks_at(A) == before
    assert before["state"] == 2


async def test_a_balance_is_paid_again_and_again(payme, shop, now):  # accumulative
    await shop.opens("7", kind="accumulative", amount=None)
    assert [(await payme.creates(one, now, "7"))["state"] for one in (A, B)] == [1, 1]
    assert [(await payme.performs(one))["state"] for one in (B, A)] == [2, 2]
    assert (await payme.creates(C, now, "7"))["state"] == 1
    assert await payme.checks("7") == {"allow": True}


@pytest.mark.parametrize("method", ["PerformTransaction", "CancelTransaction", "CheckTransaction"])
async def test_unknown_transaction(payme, method):
    assert await payme.says_twice(method, id=A, reason=3) == -31003

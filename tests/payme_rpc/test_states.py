"""Each state of a transaction against each method (Payme, "Methods")."""

from datetime import timedelta

import pytest

from core.domain.periods import PAYME_LIFETIME
from schema.values import to_ms
from tests.actors.payme import OK, creation
from tests.payme_rpc.calls import A

LIFETIME = PAYME_LIFETIME // timedelta(milliseconds=1)


PERFORM, CANCEL, REFUND = (
    ("PerformTransaction", {}),
    ("CancelTransaction", {"reason": 3}),
    ("CancelTransaction", {"reason": 5}),
)
STEPS = {"paid": [PERFORM], "cancelled": [CANCEL], "reversed": [PERFORM, REFUND]}


async def _becomes(state, payme, clock):
    """Leads transaction A of order 1001 to a state, a second for each step. Returns Payme's time of it."""
    time = to_ms(clock.now())
    if state != "none":
        assert isinstance(await payme.creates(A, time), dict)
    for method, params in STEPS.get(state, []):
        clock.advance(seconds=1)
        assert isinstance(await payme.says(method, id=A, **params), dict)
    if state == "expired":
        clock.advance(milliseconds=LIFETIME + 1)
    return time


TABLE = [
    ("none", "PerformTransaction", -31003),
    ("none", "CancelTransaction", -31003),
    ("none", "CheckTransaction", -31003),
    ("none", "CreateTransaction", 1),
    ("pending", "CreateTransaction", 1),
    ("pending", "PerformTransaction", 2),
    ("pending", "CancelTransaction", -1),
    ("pending", "CheckTransaction", 1),
    ("expired", "CreateTransaction", -31008),
    ("expired", "PerformTransaction", -31008),
    ("expired", "CancelTransaction", -1),
    ("expired", "CheckTransaction", -1),
    ("paid", "CreateTransaction", -31008),
    ("paid", "PerformTransaction", 2),
    ("paid", "CancelTransaction", -2),
    ("paid", "CheckTransaction", 2),
    ("cancelled", "CreateTransaction", -31008),
    ("cancelled", "PerformTransaction", -31008),
    ("cancelled", "CancelTransaction", -1),
    ("cancelled", "CheckTransaction", -1),
    ("reversed", "CreateTransaction", -31008),
    ("reversed", "PerformTransaction", -31008),
    ("reversed", "CancelTransaction", -2),
    ("reversed", "CheckTransaction", -2),
]


@pytest.mark.parametrize(("state", "method", "expected"), TABLE, ids=lambda value: str(value))
async def test_every_state_answers_every_method(payme, order, clock, state, method, expected):
    time = await _becomes(state, payme, clock)
    params = {
        "CreateTransaction": creation(A, time),
        "PerformTransaction": {"id": A},
        "CancelTransaction": {"id": A, "reason": 10},
        "CheckTransaction": {"id": A},
    }
    answer = await payme.says_twice(method, **params[method])
    assert (answer if isinstance(answer, int) else answer["state"]) == expected


async def test_a_repeat_gives_the_first_answer_and_writes_nothing(payme, shop, order, clock):
    time = to_ms(clock.now())
    for call in (("CreateTransaction", creation(A, time)), ("PerformTransaction", {"id": A})):
        first = await payme.says(call[0], **call[1])
        clock.advance(hours=1)
        assert await payme.says(call[0], **call[1]) == first
    assert await shop.transitions() == ["open", "create", "perform"]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"amount": OK + 1}, -31001),
        ({"account": {"order_id": "1002"}}, -31008),
        ({"time": -1}, -31008),
        ({"time": 1}, -31008),
    ],
    ids=["amount", "account", "earlier", "later"],
)
async def test_the_same_id_with_something_else_is_refused(payme, shop, order, now, other, code):
    await shop.opens("1002", amount=OK)
    first = await payme.creates(A, now)
    if "time" in other:
        other = {"time": now + int(str(other["time"]))}
    assert await payme.says("CreateTransaction", **creation(A, now) | other) == code
    assert await payme.creates(A, now) == first


async def test_other_parameters_are_refused_without_ending_the_transaction(payme, order, now):
    await payme.creates(A, now)
    assert await payme.creates(A, now, account="nowhere") == -31008
    assert await payme.creates(A, now, amount=0) == -31001
    assert (await payme.looks_at(A))["state"] == 1


async def test_the_account_may_come_as_a_number(payme, order, now):
    params = creation(A, now) | {"account": {"order_id": 1001}}
    created = await payme.says_twice("CreateTransaction", **params)
    assert created["state"] == 1


async def test_a_cancel_keeps_its_first_reason_and_time(payme, order, now, clock):
    await payme.creates(A, now)
    first = await payme.cancels(A, reason=3)
    clock.advance(hours=1)
    assert await payme.cancels(A, reason=5) == first
    assert (await payme.looks_at(A))["reason"] == 3


@pytest.mark.parametrize("reason", [0, 1, 2, 3, 4, 5, 10, 99, -7, 2**31 - 1, -(2**31)])
async def test_any_reason_is_taken(payme, order, now, reason):
    await payme.creates(A, now)
    await payme.cancels(A, reason)
    assert (await payme.looks_at(A))["reason"] == reason

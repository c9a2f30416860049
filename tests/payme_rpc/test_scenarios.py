"""Both runs of Payme's test cabinet (Payme, "Sandbox"), to the last field and millisecond of each answer.

That each item of the cabinet is green is asked by the sandbox's suite (`payme.1.1` to `payme.accumulative`).
"""

from tests.actors.payme import creation
from tests.payme_rpc.calls import A, B, refusal


def looks(transaction, **more):
    """The whole answer of a CheckTransaction."""
    absent = {"create_time": 0, "perform_time": 0, "cancel_time": 0, "state": 1, "reason": None}
    return {**absent, "transaction": transaction, **more}


async def test_created_then_cancelled(payme, order, now):  # s1
    assert await payme.checks() == {"allow": True}
    created = await payme.says_twice("CreateTransaction", **creation(A, now))
    transaction = created["transaction"]
    assert created == {"create_time": now, "transaction": transaction, "state": 1, "receivers": None}
    looked = looks(transaction, create_time=now, state=1)
    assert await payme.looks_at(A) == looked
    assert await refusal(payme, "CheckPerformTransaction", **creation(B, now)) == -31053
    assert await refusal(payme, "CreateTransaction", **creation(B, now)) == -31053
    cancelled = await payme.says_twice("CancelTransaction", id=A, reason=1)
    assert cancelled == {"transaction": transaction, "cancel_time": now, "state": -1}
    assert await payme.looks_at(A) == {**looked, "cancel_time": now, "state": -1, "reason": 1}
    assert await payme.performs(A) == -31008
    assert await payme.creates(A, now) == -31008
    assert await payme.checks() == {"allow": True}


async def test_performed_then_cancelled(payme, shop, order, now):  # s2
    assert await payme.checks() == {"allow": True}
    transaction = (await payme.says_twice("CreateTransaction", **creation(A, now)))["transaction"]
    assert await payme.creates(B, now) == -31053
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

"""What callers say at the same moment."""

from typing import Final

from tests.faults.harness.concurrent_callers import Reply, payme

AT_ONCE: Final = 64
PAYMENTS: Final = 100
PRICE: Final = 500_00
BUSY: Final = -31053
PAID: Final = -31051
CANNOT: Final = -31008
DELIVERED: Final = -31007


def creation(payment: str, now: int, account: str) -> bytes:
    return payme("CreateTransaction", id=payment, time=now, amount=PRICE, account={"order_id": account})


def payme_id(number: int) -> str:
    return f"{number:024x}"


def all_equal(replies: list[Reply]) -> Reply:
    assert {reply.body for reply in replies} == {replies[0].body}
    return replies[0]

"""Calls at the same moment, as a network in trouble sends them."""

from collections.abc import Sequence
from typing import Any, Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Check, Row, Together
from tiyin_sandbox.engine.expectations import one_of, shown
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    CANCELLED,
    CANCELLED_NOW,
    CANNOT,
    CREATED,
    PENDING_NOW,
    PERFORMED,
    PERFORMED_NOW,
    cancel,
    create,
    look,
    perform,
)

AT_ONCE: Final = 12
TRANSACTIONS: Final = ("$t", *[f"$t{number}" for number in range(2, AT_ONCE + 1)])


def all_equal(answers: Sequence[Answer]) -> str | None:
    told = {shown(answer.result) for answer in answers}
    return None if len(told) == 1 else f"all answers must be equal, but there are {len(told)}: {' '.join(sorted(told))}"


def one_wins(answers: Sequence[Answer]) -> str | None:
    winners = sum(answer.code is None for answer in answers)
    return None if winners == 1 else f"one of {len(answers)} must succeed, not {winners}"


def performed_or_not(answers: Sequence[Answer]) -> str | None:
    """Perform before Cancel: 2, then -2. Cancel before Perform: -1, and -31008."""
    performed, cancelled = answers
    state = (cancelled.result or {}).get("state")
    told = (performed.code is None, state)
    return (
        None
        if told in ((True, -2), (False, -1))
        else f"Perform {_word(performed)} beside Cancel with the state {state}"
    )


def _word(answer: Answer) -> str:
    return "succeeded" if answer.code is None else "was refused"


def _row(number: str, names: tuple[str, str, str], *steps: Row, **more: Any) -> Check:
    return Check(f"payme.{number}", *names, group="races", steps=steps, strict=True, **more)


RACES: Final = (
    _row(
        "R1",
        ("Одинаковые CreateTransaction", "Bir xil CreateTransaction", "Equal CreateTransactions"),
        Together((create(),) * AT_ONCE, all_equal),
        look(result=PENDING_NOW),
    ),
    _row(
        "R2",
        (
            "Разные CreateTransaction на один заказ",
            "Bitta buyurtmaga turli CreateTransaction",
            "Rival CreateTransactions",
        ),
        Together(
            tuple(create(t, result=CREATED, error=ACCOUNT | {CANNOT}) for t in TRANSACTIONS),
            one_wins,
        ),
        kind="one_time",
    ),
    _row(
        "R3",
        (
            "PerformTransaction и CancelTransaction",
            "PerformTransaction va CancelTransaction",
            "PerformTransaction with CancelTransaction",
        ),
        create(),
        Together(
            (
                perform(result=PERFORMED, error=CANNOT),
                cancel(reason=3, result={**CANCELLED, "state": one_of(-1, -2)}, keep={"$state": "state"}),
            ),
            performed_or_not,
        ),
        look(result={"state": "$state", "reason": 3}),
    ),
    _row(
        "R4",
        ("Одинаковые PerformTransaction", "Bir xil PerformTransaction", "Equal PerformTransactions"),
        create(),
        Together((perform(),) * AT_ONCE, all_equal),
        look(result=PERFORMED_NOW),
    ),
    _row(
        "R5",
        ("Одинаковые CancelTransaction", "Bir xil CancelTransaction", "Equal CancelTransactions"),
        create(),
        Together((cancel(),) * AT_ONCE, all_equal),
        look(result={**CANCELLED_NOW, "reason": 3}),
    ),
)

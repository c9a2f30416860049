"""Calls at the same moment, as an unreliable network sends them, are answered as if one came after another."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import ConcurrentSteps
from tiyin_sandbox.engine.expectations import one_of, short_json
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
    check_transaction,
    create,
    perform,
    strict_check,
)

AT_ONCE: Final = 12
TRANSACTIONS: Final = ("$t", *[f"$t{number}" for number in range(2, AT_ONCE + 1)])


def all_equal(answers: Sequence[Answer]) -> str | None:
    texts = {short_json(answer.result) for answer in answers}
    return (
        None if len(texts) == 1 else f"all answers must be equal, but there are {len(texts)}: {' '.join(sorted(texts))}"
    )


def one_wins(answers: Sequence[Answer]) -> str | None:
    winners = sum(answer.code is None for answer in answers)
    return None if winners == 1 else f"one of {len(answers)} must succeed, not {winners}"


def performed_or_not(answers: Sequence[Answer]) -> str | None:
    """Perform before Cancel: 2, then -2. Cancel before Perform: -1, and -31008."""
    performed, cancelled = answers
    state = (cancelled.result or {}).get("state")
    texts = (performed.code is None, state)
    return (
        None
        if texts in ((True, -2), (False, -1))
        else f"Perform {_word(performed)} beside Cancel with the state {state}"
    )


def _word(answer: Answer) -> str:
    return "succeeded" if answer.code is None else "was refused"


_check = partial(strict_check, "races")

RACES: Final = (
    _check(
        "R1",
        ("Одинаковые CreateTransaction", "Bir xil CreateTransaction", "Equal CreateTransactions"),
        ConcurrentSteps((create(),) * AT_ONCE, all_equal),
        check_transaction(result=PENDING_NOW),
    ),
    _check(
        "R2",
        (
            "Разные CreateTransaction на один заказ",
            "Bitta buyurtmaga turli CreateTransaction",
            "Rival CreateTransactions",
        ),
        ConcurrentSteps(
            tuple(create(t, result=CREATED, error=ACCOUNT | {CANNOT}) for t in TRANSACTIONS),
            one_wins,
        ),
        kind="one_time",
    ),
    _check(
        "R3",
        (
            "PerformTransaction и CancelTransaction",
            "PerformTransaction va CancelTransaction",
            "PerformTransaction with CancelTransaction",
        ),
        create(),
        ConcurrentSteps(
            (
                perform(result=PERFORMED, error=CANNOT),
                cancel(reason=3, result={**CANCELLED, "state": one_of(-1, -2)}, keep={"$state": "state"}),
            ),
            performed_or_not,
        ),
        check_transaction(result={"state": "$state", "reason": 3}),
    ),
    _check(
        "R4",
        ("Одинаковые PerformTransaction", "Bir xil PerformTransaction", "Equal PerformTransactions"),
        create(),
        ConcurrentSteps((perform(),) * AT_ONCE, all_equal),
        check_transaction(result=PERFORMED_NOW),
    ),
    _check(
        "R5",
        ("Одинаковые CancelTransaction", "Bir xil CancelTransaction", "Equal CancelTransactions"),
        create(),
        ConcurrentSteps((cancel(),) * AT_ONCE, all_equal),
        check_transaction(result={**CANCELLED_NOW, "reason": 3}),
    ),
)

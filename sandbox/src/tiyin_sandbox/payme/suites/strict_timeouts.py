"""Transactions expire twelve hours after Payme's `time`; tried from outside with a `time` that is almost so old.

A `time` that is ahead must not make one live longer: minutes are taken, more than an hour is refused.
"""

from functools import partial
from typing import Final

from tiyin_sandbox.engine.checks import AnyStep, Pause
from tiyin_sandbox.payme.suites.steps import (
    CANCELLED_NOW,
    CANNOT,
    NOT_FOUND,
    cancel,
    check_perform,
    check_transaction,
    create,
    perform,
    strict_check,
)

WAIT: Final = Pause(2.3)
"""A transaction of `$edge` has two seconds left when it is opened."""

EXPIRED: Final = {**CANCELLED_NOW, "reason": 4}

_check = partial(strict_check, "timeouts")


def _nearly_expired(t: str = "$t") -> AnyStep:
    return create(t, time="$edge")


TIMEOUTS: Final = (
    _check(
        "T2",
        (
            "PerformTransaction после 12 часов",
            "12 soatdan keyin PerformTransaction",
            "PerformTransaction after 12 hours",
        ),
        _nearly_expired(),
        WAIT,
        perform(error=CANNOT),
        check_transaction(result=EXPIRED),
        check_perform(),
        create("$t2"),
        in_background=True,
    ),
    _check(
        "T3",
        (
            "Повтор CreateTransaction после 12 часов",
            "12 soatdan keyin takroriy CreateTransaction",
            "CreateTransaction again after 12 hours",
        ),
        _nearly_expired(),
        WAIT,
        create(time="$edge", error=CANNOT),
        check_transaction(result=EXPIRED),
        in_background=True,
    ),
    _check(
        "T5",
        (
            "Новая транзакция после 12 часов прежней",
            "Avvalgisidan 12 soat o‘tgach yangi tranzaksiya",
            "Another transaction after 12 hours",
        ),
        _nearly_expired(),
        WAIT,
        create("$t2"),
        check_transaction(result=EXPIRED),
        in_background=True,
    ),
    _check(
        "T7",
        ("CancelTransaction после 12 часов", "12 soatdan keyin CancelTransaction", "CancelTransaction after 12 hours"),
        _nearly_expired(),
        WAIT,
        cancel(reason=3),
        check_transaction(result={**CANCELLED_NOW, "reason": 3}),
        in_background=True,
    ),
    _check(
        "V7",
        (
            "CreateTransaction старше 12 часов",
            "12 soatdan eski CreateTransaction",
            "A CreateTransaction older than 12 hours",
        ),
        create(time="$old", error=CANNOT),
        check_transaction(error=NOT_FOUND),
        check_perform(),
        consumes_orders=False,
    ),
    _check(
        "T8",
        (
            "CreateTransaction с часами, ушедшими вперёд",
            "Soati oldinga ketgan CreateTransaction",
            "A CreateTransaction by a clock that is ahead",
        ),
        create(time="$far_ahead", error=CANNOT),
        check_transaction(error=NOT_FOUND),
        check_perform(),
        create(time="$ahead"),
    ),
)

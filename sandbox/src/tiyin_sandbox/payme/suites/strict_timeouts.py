"""Twelve hours from Payme's `time`, as far as they can be tried from outside: with a `time` that is almost over."""

from typing import Any, Final

from tiyin_sandbox.engine.checks import Check, Pause, Row
from tiyin_sandbox.payme.suites.steps import (
    CANCELLED_NOW,
    CANNOT,
    NOT_FOUND,
    cancel,
    check_perform,
    create,
    look,
    perform,
)

WAIT: Final = Pause(2.3)
"""A transaction of `$edge` has two seconds left when it is opened."""

RAN_OUT: Final = {**CANCELLED_NOW, "reason": 4}


def _row(number: str, names: tuple[str, str, str], *steps: Row, **more: Any) -> Check:
    return Check(f"payme.{number}", *names, group="timeouts", steps=steps, strict=True, **more)


def _almost_over(t: str = "$t") -> Row:
    return create(t, time="$edge")


TIMEOUTS: Final = (
    _row(
        "T2",
        (
            "PerformTransaction после 12 часов",
            "12 soatdan keyin PerformTransaction",
            "PerformTransaction after 12 hours",
        ),
        _almost_over(),
        WAIT,
        perform(error=CANNOT),
        look(result=RAN_OUT),
        check_perform(),
        create("$t2"),
        beside=True,
    ),
    _row(
        "T3",
        (
            "Повтор CreateTransaction после 12 часов",
            "12 soatdan keyin takroriy CreateTransaction",
            "CreateTransaction again after 12 hours",
        ),
        _almost_over(),
        WAIT,
        create(time="$edge", error=CANNOT),
        look(result=RAN_OUT),
        beside=True,
    ),
    _row(
        "T5",
        (
            "Новая транзакция после 12 часов прежней",
            "Avvalgisidan 12 soat o‘tgach yangi tranzaksiya",
            "Another transaction after 12 hours",
        ),
        _almost_over(),
        WAIT,
        create("$t2"),
        look(result=RAN_OUT),
        beside=True,
    ),
    _row(
        "T7",
        ("CancelTransaction после 12 часов", "12 soatdan keyin CancelTransaction", "CancelTransaction after 12 hours"),
        _almost_over(),
        WAIT,
        cancel(reason=3),
        look(result={**CANCELLED_NOW, "reason": 3}),
        beside=True,
    ),
    _row(
        "V7",
        (
            "CreateTransaction старше 12 часов",
            "12 soatdan eski CreateTransaction",
            "A CreateTransaction older than 12 hours",
        ),
        create(time="$old", error=CANNOT),
        look(error=NOT_FOUND),
        check_perform(),
        spends=False,
    ),
)

"""Concurrent calls take the money once, and make one attempt (Click, "SHOP API", repeats)."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import OTHER_PAYMENT, complete, either, prepare, strict_check
from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import ConcurrentSteps

AT_ONCE: Final = 10


def one_prepare_id(answers: Sequence[Answer]) -> str | None:
    ids = {str(answer.body.get("merchant_prepare_id")) for answer in answers}
    return None if len(ids) == 1 else f"equal Prepares at once must get one merchant_prepare_id, not {len(ids)}"


def one_success(answers: Sequence[Answer]) -> str | None:
    paid = Counter(answer.code for answer in answers)[0]
    return None if paid == 1 else f"exactly one of them must answer 0, not {paid}: else the money is taken {paid} times"


def one_story(answers: Sequence[Answer]) -> str | None:
    """Answers to Complete(0) and Complete(-5017) in turn show a payment paid once, or cancelled; never both."""
    completed = [answer.code for answer in answers[::2]]
    if 0 not in completed:
        return None if set(completed) == {-9} else "nothing was paid, so every Complete must answer -9"
    return None if completed.count(0) == 1 and -9 not in completed else "it was both paid and cancelled"


_check = partial(strict_check, "races")

RACES: Final = (
    _check(
        "R1",
        "Десять одинаковых Prepare сразу: один merchant_prepare_id",
        "Birdaniga o‘nta bir xil Prepare: bitta merchant_prepare_id",
        "Ten equal Prepares at once: one merchant_prepare_id",
        ConcurrentSteps((prepare(),) * AT_ONCE, one_prepare_id),
        complete(),
    ),
    _check(
        "R2",
        "Десять одинаковых Complete сразу: один ответ 0",
        "Birdaniga o‘nta bir xil Complete: bitta 0 javobi",
        "Ten equal Completes at once: one answers 0",
        prepare(),
        ConcurrentSteps((complete(either(0, -4)),) * AT_ONCE, one_success),
        complete(-4),
    ),
    _check(
        "R3",
        "Два платежа одного заказа сразу: оплачен один",
        "Bir buyurtmaga birdaniga ikki to‘lov: bittasi to‘lanadi",
        "Two payments of one order at once: one is paid",
        ConcurrentSteps((prepare(either(0, -9)), prepare(either(0, -9), keep="$prepare2", **OTHER_PAYMENT))),
        ConcurrentSteps(
            (
                complete(either(0, -9, -6)),
                complete(either(0, -9, -6), merchant_prepare_id="$prepare2", **OTHER_PAYMENT),
            ),
            one_success,
        ),
    ),
    _check(
        "R4",
        "Complete и отмена сразу: что-то одно",
        "Complete va bekor qilish birdaniga: faqat bittasi",
        "Complete and a cancellation at once: one or the other",
        prepare(),
        ConcurrentSteps((complete(either(0, -4, -9)), complete(-9, error=-5017)) * 3, one_story),
    ),
)

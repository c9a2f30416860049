"""Lists the likely causes of wrong answers to a debit, or to the attempt that it is for, with their fixes."""

from typing import Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.causes import CauseCondition, LikelyCause
from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.engine.results import CheckFailure


def _of(*checks: str) -> CauseCondition:
    ids = frozenset(f"click.{check}" for check in checks)
    return lambda check, step, answer, failure: check.id in ids


def _is_second_payment(check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    return check.id in ("click.O7l", "click.O8c2") and step.error == -9


def _has_no_prepare_id(check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    """Tell whether it shows here, or at the next step, that such a call found no attempt."""
    return check.id in ("click.O5d", "click.O8a-own") and step.error != -6


def _has_wrong_amount(check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    return check.id == "click.O8c3" and step.params.get("amount") == "$wrong"


COMPLETE: Final = frozenset({"Complete"})
PREPARE: Final = frozenset({"Prepare"})
ACCEPTED: Final = frozenset({"accepted"})

DEBIT_CAUSES: Final = (
    LikelyCause(
        "The prepare id alone decides, though the call is about another payment: after a restored backup, say, the"
        " shop's numbers are given twice.",
        "Compare the attempt's click_trans_id and click_paydoc_id too: where neither fits, answer -9, change nothing.",
        symptom=frozenset({"accepted", "refused"}),
        call=COMPLETE,
        condition=_of("O5c2", "O8a2"),
    ),
    LikelyCause(
        "The attempt is looked up by its prepare id and Click's own ids at once.",
        "Find it by merchant_prepare_id and merchant_trans_id, then compare the ids: -9 if the call is not its own.",
        code=frozenset({-6}),
        call=COMPLETE,
        condition=_of("O8a2"),
    ),
    LikelyCause(
        "Only the prepare id is looked up. Where the answer to Prepare was lost, Click does not know it.",
        "Where it is empty or 0, find the attempt by click_trans_id and merchant_trans_id.",
        call=COMPLETE,
        condition=_has_no_prepare_id,
    ),
    LikelyCause(
        "A Prepare with `error` below 0 is refused, and its attempt stays open.",
        "Cancel the attempt of this click_trans_id: Click has given it up.",
        symptom=ACCEPTED,
        condition=_of("O7f-own"),
    ),
    LikelyCause(
        "Only the attempt is looked at, not the payment that it belongs to: Click takes back what is paid.",
        "Answer -4 where another attempt with the same click_paydoc_id has paid the order.",
        code=frozenset({-9}),
        call=COMPLETE,
        condition=_of("O8b"),
    ),
    LikelyCause(
        "The newer attempt has ended this one for good, though its card is debited and its order unpaid.",
        "Take the money and end the newer attempt; answer -9 once the order is paid or Click has given this one up.",
        symptom=frozenset({"refused"}),
        call=COMPLETE,
        condition=_of("O8c2"),
    ),
    LikelyCause(
        "Complete looks at the attempt and not at its order: two payments have paid one order.",
        "Lock the order and look at it, too: the payment that comes second is answered -9, now and later.",
        symptom=ACCEPTED,
        call=COMPLETE,
        condition=_is_second_payment,
    ),
    LikelyCause(
        "The amount is looked at before the attempt's state, or not at all.",
        "Look at the state first; a wrong amount for an attempt that a newer one has ended is answered -9, for good.",
        call=COMPLETE,
        condition=_has_wrong_amount,
    ),
    LikelyCause(
        "An attempt that has ended is prepared again.",
        "Answer -9: a payer who tries again comes with another click_trans_id.",
        symptom=ACCEPTED,
        call=PREPARE,
        condition=_of("S4", "S7a"),
    ),
)

"""Lists the likely causes of wrong answers to Click, with their fixes; the first that applies is shown."""

from typing import Final

from tiyin_sandbox.click.debit_causes import DEBIT_CAUSES
from tiyin_sandbox.click.shop_causes import SHOP_CAUSES
from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.causes import LikelyCause
from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.engine.results import CheckFailure


def _is(*checks: str) -> frozenset[str]:
    return frozenset(f"click.{check}" for check in checks)


def _answered(*codes: int) -> frozenset[int]:
    return frozenset(codes)


def _wants(code: int, check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    """Tell whether the step expects this very refusal."""
    return step.error == code and failure.symptom in ("accepted", "wrong_code")


def _has_tiyin(check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    return "." in str(answer.sent.get("amount", ""))


def _failed_debit(check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    return step.call == "Complete" and answer.sent.get("error", "0").startswith("-")


_ACCEPTED: Final = frozenset({"accepted", "wrong_code"})

CLICK_CAUSES: Final = (
    LikelyCause(
        "A wrong signature is answered with the code of something else.",
        "Answer -1 to it.",
        symptom=frozenset({"wrong_code"}),
        condition=lambda check, step, answer, failure: step.error == -1,
    ),
    LikelyCause(
        "The gateway fails inside and says so with -7.",
        "Look for the traceback in its log: Click takes -7 for a failure of the shop and calls again.",
        code=_answered(-7),
    ),
    LikelyCause(
        "The amount is parsed and printed again before it is hashed: `500.00` becomes `500` or `500.0`.",
        "Hash the text of every field as it was received. Click signs the amount as it stood in the payment link.",
        code=_answered(-1),
        condition=_has_tiyin,
    ),
    LikelyCause(
        "The letters of `sign_string` are compared as they stand.",
        "Compare without regard to upper and lower case: `hmac.compare_digest(expected, received.lower())`.",
        code=_answered(-1),
        condition=lambda check, step, answer, failure: step.options.get("sign") == "upper",
    ),
    LikelyCause(
        "The age of `sign_time` is checked.",
        "Take any time: its zone is not documented, repeats come late, and Click's Postman collection has one for all.",
        code=_answered(-1, -8),
        condition=lambda check, step, answer, failure: check.id == "click.G4",
    ),
    LikelyCause(
        "The secret or the service id is not the gateway's, or the prepare id is hashed where it may not be.",
        "md5(click_trans_id + service_id + SECRET_KEY + merchant_trans_id + [merchant_prepare_id, only if action is 1]"
        " + amount + action + sign_time), of the texts as they were received, in UTF-8.",
        code=_answered(-1),
    ),
    LikelyCause(
        "`error` below 0 is obeyed before the signature is checked: anybody could cancel anybody's payment.",
        "Check the signature before everything else that touches the books.",
        symptom=frozenset({"refused"}),
        call=frozenset({"Complete"}),
        condition=lambda check, step, answer, failure: check.id == "click.O2b",
    ),
    LikelyCause(
        "The signature is not checked here.",
        "Check it right after the required keys, in Prepare and in Complete, and answer -1.",
        symptom=frozenset({"accepted"}),
        condition=lambda check, step, answer, failure: step.error == -1,
    ),
    LikelyCause(
        "The field is null. The documentation allows that, but Click's desktop program breaks on it.",
        "Answer 0 where there is no confirm id: always an integer.",
        symptom=frozenset({"null"}),
    ),
    LikelyCause(
        "`error` is not looked at, or only -1 and -5017 are known: a failed debit counts as a payment.",
        "Everything below 0 means that the card was not debited: cancel the attempt and answer -9.",
        symptom=frozenset({"accepted"}),
        condition=_failed_debit,
    ),
    LikelyCause(
        "One answer to every failed debit of a payment that is paid already: Click's tools want two.",
        "The payment stays paid. Answer -4 if `error` is -1 (desktop program), -9 for any other (Postman collection).",
        code=_answered(-4, -9),
        condition=_failed_debit,
    ),
    LikelyCause(
        "Complete is answered 0 again, as Payme's repeats are.",
        "Answer -4 to a Complete of what is paid already, so that nothing is credited twice.",
        symptom=frozenset({"accepted"}),
        call=frozenset({"Complete"}),
        condition=lambda check, step, answer, failure: step.error == -4,
    ),
    LikelyCause(
        "An order that another payment has paid is answered with -4: Click then takes this payment for done as well,"
        " and the payer has paid twice.",
        "Answer -4 to the payment that paid the order (the same click_trans_id or click_paydoc_id), -9 to any other.",
        code=_answered(-4),
        condition=lambda check, step, answer, failure: step.error == -9,
    ),
    LikelyCause(
        "An order that is paid can be paid again.",
        "Look at the order's state in Prepare: -4 for the payment that paid it, -9 for another one.",
        symptom=frozenset({"accepted"}),
        condition=lambda check, step, answer, failure: check.id in _is("S3a", "O7c", "O7d"),
    ),
    *SHOP_CAUSES,
    *DEBIT_CAUSES,
    LikelyCause(
        "What Click cancels is not there, and the answer says so.",
        "Answer -9: Click sends Complete with error below 0 even where Prepare was refused.",
        code=_answered(-5, -6),
        call=frozenset({"Complete"}),
        condition=lambda check, step, answer, failure: step.error == -9,
    ),
    LikelyCause(
        "The cancelled attempt was not written down, so that the next Complete finds it prepared.",
        "Store the cancellation of the attempt. From then on every Complete of its prepare id is -9.",
        symptom=_ACCEPTED,
        call=frozenset({"Complete"}),
        condition=lambda check, step, answer, failure: step.error == -9 and check.group != "races",
    ),
    LikelyCause(
        "A failed debit has closed the order for good.",
        "Keep the state with the attempt, not with the order: the payer may try again, with a new Prepare.",
        symptom=frozenset({"refused"}),
        condition=lambda check, step, answer, failure: check.id in _is("S5", "O5d", "O7f-own", "O7l"),
    ),
    LikelyCause(
        "An attempt that is open blocks the next one.",
        "A Prepare with another click_trans_id comes from a payer who tries again: answer 0.",
        symptom=frozenset({"refused"}),
        condition=lambda check, step, answer, failure: check.id in _is("O7h", "O7m", "O8b", "O8c2", "O8c3", "R1"),
    ),
    LikelyCause(
        "The prepare id is not looked up, or not together with the order.",
        "Find the attempt by merchant_prepare_id and merchant_trans_id; answer -6 unless both fit.",
        condition=lambda check, step, answer, failure: _wants(-6, check, step, answer, failure),
    ),
    LikelyCause(
        "The order's account goes unchecked to the database or through a number, or the amount is looked at first.",
        "Take merchant_trans_id as a text, look the order up before the amount, and answer -5 if it is not there.",
        condition=lambda check, step, answer, failure: _wants(-5, check, step, answer, failure),
    ),
    LikelyCause(
        "The amount is compared as a float, rounded, with a tolerance, or not at all.",
        "Decimal(text) * 100 must equal the order's tiyin exactly, in Prepare and in Complete; else -2.",
        condition=lambda check, step, answer, failure: _wants(-2, check, step, answer, failure),
    ),
    LikelyCause(
        "The order does not cost what the sandbox asks (it speaks of so'm here), or tiyin and so'm are mixed up.",
        "Give the orders' price in so'm with --amount.",
        symptom=frozenset({"refused"}),
        code=_answered(-2),
    ),
    LikelyCause(
        "The order is not there, or was used by an earlier run: one order is good for one run.",
        "Give fresh, unpaid orders.",
        symptom=frozenset({"refused"}),
        code=_answered(-4, -5, -9),
    ),
    LikelyCause(
        "A key is required that Click does not always send, or the service id is another one.",
        "Check --service-id; error_note and, at Prepare, merchant_prepare_id may be empty; pass unknown keys over.",
        symptom=frozenset({"refused"}),
        code=_answered(-8),
    ),
    LikelyCause(
        "A missing or unreadable field goes unnoticed.",
        "Check that every required key is there and every number is one, before anything else; answer -8.",
        condition=lambda check, step, answer, failure: _wants(-8, check, step, answer, failure),
    ),
    LikelyCause(
        "The action is not looked at: the path decides, or everything that is not 0 counts as Complete.",
        "Decide by `action` alone: 0 is Prepare, 1 is Complete, anything else is -3.",
        condition=lambda check, step, answer, failure: (
            _wants(-3, check, step, answer, failure) or check.id == "click.P1"
        ),
    ),
    LikelyCause(
        "The prepare id is made anew for every call, or is no small number.",
        "Keep one row for an attempt and answer its number, a positive integer below 2^31.",
        symptom=frozenset({"result", "no_id"}),
    ),
    LikelyCause(
        "The fields are built for each case by hand.",
        "Build every answer in one place: click_trans_id, merchant_trans_id, merchant_prepare_id, merchant_confirm_id,"
        " error, error_note; the ids as integers, 0 where there is none.",
        symptom=frozenset({"fields", "echo", "no_code", "content_type"}),
    ),
    LikelyCause(
        "Two calls at once both read the old state before either writes.",
        "Lock the attempt's row (SELECT … FOR UPDATE) or update it on the state that was read, and look at the count.",
        group=frozenset({"races"}),
    ),
)

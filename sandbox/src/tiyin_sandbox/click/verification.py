"""Verifies an answer by the rule of Click's test program (Click, "Testing").

HTTP 200; JSON, read leniently; `error` as text is the expected code. Only an answer 0 is looked at further: both
numbers come back as they were sent, Prepare gives a prepare id, Complete a confirm id. `error_note` counts for nothing.
A step's `options`: `tool` ("desktop": what that program stumbles over), `whole` (all six fields, of their types),
`without` (a header that the answer may not have), `before` (whatever is answered will do).
"""

from typing import Any, Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Placeholders, describe, first_mismatch, short_json
from tiyin_sandbox.engine.results import CheckFailure
from tiyin_sandbox.engine.verification import Rule, first_failure, is_json, reached

NOTES: Final = {
    0: "success",
    -1: "wrong signature",
    -2: "wrong amount",
    -3: "no such action",
    -4: "already paid",
    -5: "no such order",
    -6: "no such prepare id",
    -7: "failure of the shop",
    -8: "malformed call",
    -9: "cancelled",
}

ANY_REFUSAL: Final = frozenset(range(-9, 0))
"""For steps that ask for the shape of a refusal; which code it is, other rows ask."""

REQUIRED_ID: Final = {"Prepare": "merchant_prepare_id", "Complete": "merchant_confirm_id"}
INTEGERS: Final = ("click_trans_id", "merchant_prepare_id", "merchant_confirm_id", "error")
TEXTS: Final = ("merchant_trans_id", "error_note")


def verify(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if step.options.get("before") and answer.connection_error is None:
        return None
    rules: tuple[Rule, ...] = (
        reached,
        is_json,
        _null,
        _code,
        _echo,
        _has_required_id,
        _result_fields,
        _whole,
        _without,
    )
    return first_failure(rules, step, answer, placeholders)


def code_of(body: Any) -> int | None:
    """Read `error` as a number or as text: Click's program takes both."""
    error = body.get("error") if isinstance(body, dict) else None
    try:
        return int(_as_text(error)) if type(error) in (int, float, str) else None
    except ValueError:
        return None


def _as_text(value: Any) -> str:
    """Write a value as the program reads it: a number is a double there, and 0.0 is 0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def codes(step: Step) -> frozenset[int]:
    """Return the codes that will do; 0 if the step has a result."""
    refusals = frozenset() if step.error is None or isinstance(step.error, str) else step.error
    numbers = frozenset({refusals}) if isinstance(refusals, int) else refusals
    return numbers | {0} if step.result is not None else numbers


def _null(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    """Click's desktop program breaks on it before it has read `error`."""
    if step.options.get("tool") != "desktop" or answer.body.get("merchant_confirm_id", 0) is not None:
        return None
    return CheckFailure("null", "`merchant_confirm_id` is null: Click's desktop program breaks on it")


def _code(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    allowed = codes(step)
    if answer.code in allowed:
        return None
    if answer.code is None:
        got = short_json(answer.body.get("error"))
        return CheckFailure("no_code", f"`error` must be a whole number ({_codes_text(allowed)}), not {got}")
    symptom = "accepted" if answer.code == 0 else "refused" if allowed == {0} else "wrong_code"
    return CheckFailure(symptom, f"`error` must be {_codes_text(allowed)}, not {_codes_text(frozenset({answer.code}))}")


def _echo(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if answer.code != 0:
        return None
    for name in ("click_trans_id", "merchant_trans_id"):
        sent, got = answer.sent[name], answer.body.get(name)
        if _as_text(got) != sent:
            return CheckFailure(
                "echo", f"`{name}` must come back as it was sent, {short_json(sent)}, not {short_json(got)}"
            )
    return None


def _has_required_id(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    name = REQUIRED_ID[step.call]
    if answer.code != 0 or answer.body.get(name) not in (None, ""):
        return None
    return CheckFailure("no_id", f"`{name}` must not be empty in an answer 0")


def _result_fields(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    missed = first_mismatch(step.result or {}, answer.body, placeholders) if answer.code == 0 else None
    return CheckFailure("result", missed) if missed else None


def _whole(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if not step.options.get("whole"):
        return None
    body = answer.body
    for name, kind in [(name, int) for name in INTEGERS] + [(name, str) for name in TEXTS]:
        if name not in body:
            return CheckFailure("fields", f"`{name}` is missing: every answer has all six fields")
        if type(body[name]) is not kind:
            text = "a JSON number without a fraction" if kind is int else "a text"
            return CheckFailure("fields", f"`{name}` must be {text}, not {short_json(body[name])}")
    content_type = answer.headers.get("Content-Type", "")
    if "json" not in content_type.lower():
        return CheckFailure("content_type", f"the Content-Type must be JSON's, not {short_json(content_type)}")
    return None


def _without(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    name = step.options.get("without", "")
    if name not in answer.headers:
        return None
    return CheckFailure("header", f"the answer may not have the header {name}: {answer.headers[name]}")


def expected_text(step: Step, placeholders: Placeholders) -> str:
    """Describe for people: `error 0 (success), {"merchant_prepare_id": 7}`."""
    if step.options.get("before"):
        return f"error {_codes_text(codes(step))}, but here it leads to another row"
    result = f", {describe(step.result, placeholders)}" if step.result else ""
    return f"error {_codes_text(codes(step))}{result}"


def _codes_text(numbers: frozenset[int]) -> str:
    if numbers >= ANY_REFUSAL:
        return "from -9 to -1"
    return " or ".join(f"{number} ({NOTES.get(number, 'unknown')})" for number in sorted(numbers, reverse=True))

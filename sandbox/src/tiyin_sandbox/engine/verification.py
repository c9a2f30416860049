"""Verifies what all protocols have in common: an answer came, its HTTP status is 200, its body is one JSON object."""

from collections.abc import Callable, Sequence

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import Placeholders
from tiyin_sandbox.engine.results import CheckFailure

Rule = Callable[[Step, Answer, Placeholders], CheckFailure | None]


def first_failure(rules: Sequence[Rule], step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    return next((failure for rule in rules if (failure := rule(step, answer, placeholders))), None)


def reached(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if answer.connection_error is not None:
        return CheckFailure("unreachable", f"no answer: {answer.connection_error}")
    status = answer.status or 0
    if 300 <= status < 400:
        where = answer.headers.get("Location", "")
        return CheckFailure("redirect", f"the HTTP status must be 200, not {status} (a redirect to {where})")
    return None if status == 200 else CheckFailure("http_status", f"the HTTP status must be 200, not {status}")


def is_json(step: Step, answer: Answer, placeholders: Placeholders) -> CheckFailure | None:
    if isinstance(answer.body, dict):
        return None
    if answer.text.lstrip().startswith("<"):
        return CheckFailure("html", "the answer must be JSON, not an HTML page")
    return CheckFailure("not_json", "the answer must be one JSON object")

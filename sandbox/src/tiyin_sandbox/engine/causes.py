"""Finds the likely cause of a wrong answer, and its fix, in a protocol's table or in the common one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.engine.results import Cause, CheckFailure

CauseCondition = Callable[[Check, Step, Answer, CheckFailure], bool]


@dataclass(frozen=True, slots=True)
class LikelyCause:
    """An entry applies where all that it names applies; the first of a table that applies is shown."""

    cause: str
    fix: str
    symptom: frozenset[str] | None = None
    """Of the failure: `http_status`, `wrong_code` …"""
    group: frozenset[str] | None = None
    """Of the check."""
    call: frozenset[str] | None = None
    """Of the step: method or action."""
    code: frozenset[int] | None = None
    """Of the answer."""
    condition: CauseCondition | None = None


def cause_of(
    table: Sequence[LikelyCause], check: Check, step: Step, answer: Answer, failure: CheckFailure
) -> Cause | None:
    """Look into the protocol's own table first, then into what is common to all."""
    for entry in (*table, *TRANSPORT):
        if _applies(entry, check, step, answer, failure):
            return Cause(entry.cause, entry.fix)
    return None


def _applies(entry: LikelyCause, check: Check, step: Step, answer: Answer, failure: CheckFailure) -> bool:
    return (
        (entry.symptom is None or failure.symptom in entry.symptom)
        and (entry.group is None or check.group in entry.group)
        and (entry.call is None or step.call in entry.call)
        and (entry.code is None or answer.code in entry.code)
        and (entry.condition is None or entry.condition(check, step, answer, failure))
    )


def _status(*statuses: int) -> CauseCondition:
    return lambda check, step, answer, failure: answer.status in statuses


TRANSPORT: Final = (
    LikelyCause(
        "The gateway redirects: a trailing slash is missing or too much, or http is sent on to https.",
        "Register the route with and without the slash; give the address in the cabinet exactly as it answers.",
        symptom=frozenset({"redirect"}),
    ),
    LikelyCause(
        "Something before the handler asks for a session, a token or a CSRF cookie.",
        "Take the callback's path out of authentication and CSRF middleware: its handler checks for itself.",
        symptom=frozenset({"http_status"}),
        condition=_status(401, 403),
    ),
    LikelyCause(
        "The address does not lead to the handler.",
        "Compare the URL with the gateway's routes, prefix and version included.",
        symptom=frozenset({"http_status"}),
        condition=_status(404),
    ),
    LikelyCause(
        "The framework answers for itself: this verb, Content-Type or body is not what it was told to take.",
        "Accept any verb and any Content-Type on this path, read the raw body yourself, and answer 200 with an error.",
        symptom=frozenset({"http_status"}),
        condition=_status(400, 405, 411, 413, 415, 422),
    ),
    LikelyCause(
        "A rate limit stands before the handler.",
        "Take the callback's path out of throttling, in the framework and in the proxy.",
        symptom=frozenset({"http_status"}),
        condition=_status(429),
    ),
    LikelyCause(
        "The handler raised something, or a proxy could not reach it.",
        "Look into the gateway's log for this moment; catch everything at the edge and answer 200 with an error.",
        symptom=frozenset({"http_status"}),
    ),
    LikelyCause(
        "A page came instead of an answer: a login form, a challenge of the proxy's, an error page of the framework's.",
        "Let the callback's path through to the handler untouched; no bot check, no error pages.",
        symptom=frozenset({"html"}),
    ),
    LikelyCause(
        "The gateway does not answer at this address, or gives up half-way.",
        "See that it is running and listens there, and that it answers in well under a second.",
        symptom=frozenset({"unreachable"}),
    ),
)

"""The likely cause of a wrong answer and its fix: how each protocol's table is read, and what is common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Check, Step
from tiyin_sandbox.engine.results import Cause, Fault

Where = Callable[[Check, Step, Answer, Fault], bool]


@dataclass(frozen=True, slots=True)
class Likely:
    """Holds where all that it names holds; of a table, the first that holds is told."""

    cause: str
    fix: str
    symptom: frozenset[str] | None = None
    """Of the fault: `http_status`, `wrong_code` …"""
    suite: str | None = None
    group: frozenset[str] | None = None
    """Of the check."""
    call: frozenset[str] | None = None
    """Of the step: method or action."""
    code: frozenset[int] | None = None
    """Of the answer."""
    where: Where | None = None


def cause_of(table: Sequence[Likely], check: Check, step: Step, answer: Answer, fault: Fault) -> Cause | None:
    """From the protocol's own table, or from what is common to all."""
    for likely in (*table, *TRANSPORT):
        if _holds(likely, check, step, answer, fault):
            return Cause(likely.cause, likely.fix)
    return None


def _holds(likely: Likely, check: Check, step: Step, answer: Answer, fault: Fault) -> bool:
    return (
        (likely.symptom is None or fault.symptom in likely.symptom)
        and (likely.suite is None or check.id.startswith(likely.suite + "."))
        and (likely.group is None or check.group in likely.group)
        and (likely.call is None or step.call in likely.call)
        and (likely.code is None or answer.code in likely.code)
        and (likely.where is None or likely.where(check, step, answer, fault))
    )


def _status(*statuses: int) -> Where:
    return lambda check, step, answer, fault: answer.status in statuses


TRANSPORT: Final = (
    Likely(
        "The gateway redirects: a trailing slash is missing or too much, or http is sent on to https.",
        "Register the route with and without the slash; give the address in the cabinet exactly as it answers.",
        symptom=frozenset({"redirect"}),
    ),
    Likely(
        "Something before the handler asks for a session, a token or a CSRF cookie.",
        "Take the callback's path out of authentication and CSRF middleware: its handler checks for itself.",
        symptom=frozenset({"http_status"}),
        where=_status(401, 403),
    ),
    Likely(
        "The address does not lead to the handler.",
        "Compare the URL with the gateway's routes, prefix and version included.",
        symptom=frozenset({"http_status"}),
        where=_status(404),
    ),
    Likely(
        "The framework answers for itself: this verb, Content-Type or body is not what it was told to take.",
        "Accept any verb and any Content-Type on this path, read the raw body yourself, and answer 200 with an error.",
        symptom=frozenset({"http_status"}),
        where=_status(400, 405, 411, 413, 415, 422),
    ),
    Likely(
        "A rate limit stands before the handler.",
        "Take the callback's path out of throttling, in the framework and in the proxy.",
        symptom=frozenset({"http_status"}),
        where=_status(429),
    ),
    Likely(
        "The handler raised something, or a proxy could not reach it.",
        "Look into the gateway's log for this moment; catch everything at the edge and answer 200 with an error.",
        symptom=frozenset({"http_status"}),
    ),
    Likely(
        "A page came instead of an answer: a login form, a challenge of the proxy's, an error page of the framework's.",
        "Let the callback's path through to the handler untouched; no bot check, no error pages.",
        symptom=frozenset({"html"}),
    ),
    Likely(
        "The gateway does not answer at this address, or gives up half-way.",
        "See that it is running and listens there, and that it answers in well under a second.",
        symptom=frozenset({"unreachable"}),
    ),
)

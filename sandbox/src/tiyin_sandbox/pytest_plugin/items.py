"""Collects a test for every check, named as the provider names it; a failure shows the calls alone."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final, Self

import pytest

from tiyin_sandbox.engine.checks import Check
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.engine.results import Outcome, StepResult, Verdict
from tiyin_sandbox.pytest_plugin.checks import Checks
from tiyin_sandbox.pytest_plugin.gateways import outcome_of
from tiyin_sandbox.report.parts import parts_of
from tiyin_sandbox.report.safe_text import safe_text

INDENT: Final = "    "
LABELS: Final = {
    "sent": "Sent",
    "answer": "Answered",
    "expected": "Expected",
    "wrong": "Wrong",
    "cause": "Likely cause",
    "fix": "Fix",
}


class CheckCollector(pytest.Collector):
    """The checks that one name in a test file stands for."""

    checks: Checks

    @classmethod
    def of(cls, parent: pytest.Collector, name: str, checks: Checks) -> Self:
        collector: Self = cls.from_parent(parent, name=name)
        collector.checks = checks
        return collector

    def collect(self) -> Iterator[pytest.Item]:
        names = Counter(check.name(self.checks.language) for check in self.checks.chosen)
        for check in self.checks.chosen:
            name = check.name(self.checks.language)
            unique = name if names[name] == 1 else f"{name} ({check.id})"
            test: pytest.Function = pytest.Function.from_parent(self, name=unique, callobj=_test(check, self.checks))
            test.extra_keyword_matches.add(check.id)  # -k payme.1.5
            yield test


def _test(check: Check, checks: Checks) -> Callable[..., None]:
    """Make a test function that takes the fixtures which the gateway's function asks for."""

    @wraps(checks.gateway)
    def test(**fixtures: Any) -> None:
        gateway = checks.gateway(**fixtures)
        try:
            outcome = outcome_of(check, gateway, checks.kind)
        except CannotRun as error:
            pytest.fail(str(error), pytrace=False)
        if outcome.verdict is Verdict.SKIPPED:
            pytest.skip(outcome.reason or "")
        if outcome.verdict is Verdict.FAILED:
            pytest.fail(failure_text(outcome), pytrace=False)

    return test


def failure_text(outcome: Outcome) -> str:
    """Write for each wrong answer what was sent, what came, what it must be, why it may be."""
    title = f"{outcome.check.name_en} ({outcome.check.id})"
    return "\n\n".join([title, *[_step_text(step) for step in outcome.failed_steps]])


def _step_text(step: StepResult) -> str:
    return "\n".join([f"  {safe_text(step.step)}", *[_part(LABELS[label], text) for label, text in parts_of(step)]])


def _part(label: str, text: str) -> str:
    lines = safe_text(text).splitlines() or [""]
    return f"\n{INDENT * 4}".join([f"{INDENT}{label + ':':<14}{lines[0]}", *lines[1:]])

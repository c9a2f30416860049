"""Holds the results of steps, the outcomes of checks, and the report of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tiyin_sandbox.engine.checks import Check


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """What is wrong with an answer."""

    symptom: str
    """A word by which the likely cause is found: `http_status`, `wrong_code`, `repeat` … (see `causes`)."""
    why: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The likely cause, and what to do."""

    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """The call of a step, its answer, and whether that passed."""

    step: str
    request: str
    answer_status: int | None
    answer_text: str
    expected: str
    passed: bool
    ms: float
    why: str | None = None
    symptom: str | None = None
    cause: Cause | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "passed": self.passed,
            "expected": self.expected,
            "why": self.why,
            "cause": self.cause and self.cause.text,
            "fix": self.cause and self.cause.fix,
            "request": self.request,
            "answer": {"status": self.answer_status, "text": self.answer_text},
            "ms": round(self.ms, 1),
        }


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    check: Check
    steps: tuple[StepResult, ...]
    verdict: Verdict
    seconds: float = 0.0
    reason: str | None = None
    """Why it was skipped."""
    lacked_orders: bool = False
    """Skipped for want of an order, not because such orders cannot be had."""

    @property
    def failed_steps(self) -> tuple[StepResult, ...]:
        return tuple(step for step in self.steps if not step.passed)

    def to_json(self) -> dict[str, Any]:
        check = self.check
        return {
            "id": check.id,
            "name": {"ru": check.name_ru, "uz": check.name_uz, "en": check.name_en},
            "group": check.group,
            "strict": check.strict,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
            "steps": [step.to_json() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class Report:
    suite: str
    target: str
    started: datetime
    seconds: float
    outcomes: Sequence[Outcome]

    def count(self, verdict: Verdict) -> int:
        return sum(outcome.verdict == verdict for outcome in self.outcomes)

    @property
    def passed(self) -> bool:
        """Nothing failed, and something was tried."""
        return not self.count(Verdict.FAILED) and self.count(Verdict.PASSED) > 0

    @property
    def whole(self) -> bool:
        """All was tried that could be."""
        return not any(outcome.lacked_orders for outcome in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        return {
            "suite": self.suite,
            "target": self.target,
            "started": self.started.isoformat(timespec="milliseconds"),
            "seconds": round(self.seconds, 3),
            "passed": self.count(Verdict.PASSED),
            "failed": self.count(Verdict.FAILED),
            "skipped": self.count(Verdict.SKIPPED),
            "checks": [outcome.to_json() for outcome in self.outcomes],
        }

"""The menu and the results as the templates show them, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tiyin_sandbox.engine.checks import Check, Suite
from tiyin_sandbox.engine.results import Answered, Outcome, Report, Verdict

from gateway.sandbox_page.masking import names_others, shown_answer, shown_request
from gateway.web.languages import SECTIONS, WORDS, Language


@dataclass(frozen=True, slots=True)
class MenuItem:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MenuGroup:
    id: str
    title: str
    section: str
    """Told once, above the first of its groups."""
    items: Sequence[MenuItem]
    """What the provider's own test tools try."""
    more: Sequence[MenuItem]
    """What only production would."""

    @property
    def eponym(self) -> MenuItem | None:
        """The only test of the provider's own, where it has its group's name: one line of the menu does for both."""
        return self.items[0] if len(self.items) == 1 and self.items[0].name == self.title else None


@dataclass(frozen=True, slots=True)
class StepView:
    title: str
    called: str
    request: str
    status: str
    answer: str
    ms: str
    verdict: str
    expected: str
    why: str
    cause: str
    fix: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    id: str
    name: str
    verdict: str
    reason: str
    steps: Sequence[StepView]
    open: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    title: str
    verdict: str
    passed: int
    total: int
    skipped: int
    seconds: str
    outcomes: Sequence[OutcomeView]


def menu(suite: Suite, language: Language) -> Sequence[MenuGroup]:
    return tuple(_groups(suite, language))


def _groups(suite: Suite, language: Language) -> Iterator[MenuGroup]:
    before = ""
    for group in suite.groups:
        checks = [check for check in suite.checks if check.group == group.id]
        items, more = (
            [MenuItem(check.id, check.name(language)) for check in checks if check.strict is strict]
            for strict in (False, True)
        )
        if checks:
            section = SECTIONS[language].get(group.section, group.section)
            yield MenuGroup(group.id, group.name(language), section if section != before else "", items, more)
            before = section


def chosen(suite: Suite, what: str, language: Language) -> tuple[str, Sequence[Check]]:
    """The checks behind a button of the menu, and what they are called together."""
    words = WORDS[language]
    if what == "all":
        return words["all"], suite.checks
    if what == "official":
        return words["official"], [check for check in suite.checks if not check.strict]
    for group in suite.groups:
        if what == group.id:
            return group.name(language), [check for check in suite.checks if check.group == what]
    one = [check for check in suite.checks if check.id == what]
    return (one[0].name(language) if one else ""), one


def view(report: Report, title: str, language: Language) -> ReportView:
    failed, passed, skipped = (report.count(v) for v in (Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED))
    alone = len(report.outcomes) == 1
    return ReportView(
        title=title,
        verdict="failed" if failed else "passed" if passed else "skipped",
        passed=passed,
        total=passed + failed,
        skipped=skipped,
        seconds=f"{report.seconds:.1f}",
        outcomes=[_outcome(outcome, alone, language) for outcome in report.outcomes],
    )


def _outcome(outcome: Outcome, alone: bool, language: Language) -> OutcomeView:
    return OutcomeView(
        id=outcome.check.id,
        name=outcome.check.name(language),
        verdict=outcome.verdict.value,
        reason=outcome.reason or "",
        steps=[_step(step, WORDS[language]) for step in outcome.steps],
        open=alone or outcome.verdict is Verdict.FAILED,
    )


def _step(step: Answered, words: Mapping[str, str]) -> StepView:
    called, request = shown_request(step.request)
    others = names_others(step.answer_text)
    return StepView(
        title=step.step,
        called=called,
        request=request,
        status="" if step.answer_status is None else f"HTTP {step.answer_status}",
        answer=shown_answer(step.answer_text, words["hidden"]),
        ms=f"{step.ms:.0f}",
        verdict="passed" if step.passed else "failed",
        expected=step.expected,
        why=words["hidden"] if step.why and others else step.why or "",
        cause=step.cause.text if step.cause else "",
        fix=step.cause.fix if step.cause else "",
    )

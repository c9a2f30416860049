"""Shapes the menu and the results for the templates, in the reader's language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tiyin_sandbox.engine.checks import Check, Suite
from tiyin_sandbox.engine.results import Outcome, Report, StepResult, Verdict

from gateway.sandbox_page.masking import names_others, shown_answer, shown_request
from gateway.sandbox_page.names import result, section_name, verdict_name
from gateway.web import Translator


@dataclass(frozen=True, slots=True)
class MenuItem:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class MenuGroup:
    id: str
    title: str
    section: str
    """Shown once, above the first of its groups."""
    items: Sequence[MenuItem]
    """Tests that the provider's own tools make."""
    more: Sequence[MenuItem]
    """Tests of what only production would bring."""

    @property
    def eponym(self) -> MenuItem | None:
        """The only test of the provider's own, where it has its group's name: one line of the menu does for both."""
        return self.items[0] if len(self.items) == 1 and self.items[0].name == self.title else None


@dataclass(frozen=True, slots=True)
class StepView:
    title: str
    request_line: str
    request: str
    status: str
    answer: str
    milliseconds: str
    verdict: str
    verdict_name: str
    expected: str
    why: str
    cause: str
    fix: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    id: str
    name: str
    verdict: str
    verdict_name: str
    reason: str
    steps: Sequence[StepView]
    open: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    title: str
    verdict: str
    result: str
    skipped: int
    seconds: str
    outcomes: Sequence[OutcomeView]


def menu(suite: Suite, translator: Translator) -> Sequence[MenuGroup]:
    return tuple(_groups(suite, translator))


def _groups(suite: Suite, translator: Translator) -> Iterator[MenuGroup]:
    language = translator.language
    before = ""
    for group in suite.groups:
        checks = [check for check in suite.checks if check.group == group.id]
        items, more = (
            [MenuItem(check.id, check.name(language)) for check in checks if check.strict is strict]
            for strict in (False, True)
        )
        if checks:
            section = section_name(group.section, translator)
            yield MenuGroup(group.id, group.name(language), section if section != before else "", items, more)
            before = section


def chosen(suite: Suite, button: str, translator: Translator) -> tuple[str, Sequence[Check]]:
    """The checks behind a button of the menu, and what they are called together; none if there is no such button."""
    if button == "all":
        return translator.gettext("Tests of the sandbox and beyond"), suite.checks
    if button == "official":
        return translator.gettext("Tests of the sandbox"), [check for check in suite.checks if not check.strict]
    for group in suite.groups:
        if button == group.id:
            return group.name(translator.language), [check for check in suite.checks if check.group == button]
    one = [check for check in suite.checks if check.id == button]
    return (one[0].name(translator.language) if one else ""), one


def view(report: Report, title: str, translator: Translator) -> ReportView:
    failed, passed, skipped = (report.count(v) for v in (Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED))
    alone = len(report.outcomes) == 1
    verdict = Verdict.FAILED if failed else Verdict.PASSED if passed else Verdict.SKIPPED
    return ReportView(
        title=title,
        verdict=verdict.value,
        result=result(passed, failed, translator),
        skipped=skipped,
        seconds=f"{report.seconds:.1f}",
        outcomes=[_outcome(outcome, alone, translator) for outcome in report.outcomes],
    )


def _outcome(outcome: Outcome, alone: bool, translator: Translator) -> OutcomeView:
    return OutcomeView(
        id=outcome.check.id,
        name=outcome.check.name(translator.language),
        verdict=outcome.verdict.value,
        verdict_name=verdict_name(outcome.verdict, translator),
        reason=outcome.reason or "",
        steps=[_step(step, translator) for step in outcome.steps],
        open=alone or outcome.verdict is Verdict.FAILED,
    )


def _step(step: StepResult, translator: Translator) -> StepView:
    hidden = translator.gettext("hidden: not an order of the sandbox")
    request_line, request = shown_request(step.request)
    verdict = Verdict.PASSED if step.passed else Verdict.FAILED
    return StepView(
        title=step.step,
        request_line=request_line,
        request=request,
        status="" if step.answer_status is None else f"HTTP {step.answer_status}",
        answer=shown_answer(step.answer_text, hidden),
        milliseconds=f"{step.ms:.0f}",
        verdict=verdict.value,
        verdict_name=verdict_name(verdict, translator),
        expected=step.expected,
        why=hidden if step.why and names_others(step.answer_text) else step.why or "",
        cause=step.cause.text if step.cause else "",
        fix=step.cause.fix if step.cause else "",
    )

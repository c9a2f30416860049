"""Prints the table: one line a check; for a failed one what was sent, what came, what it must be, and why it may be."""

from typing import Final

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tiyin_sandbox.engine.checks import Language, Suite
from tiyin_sandbox.engine.results import Outcome, Report, StepResult, Verdict
from tiyin_sandbox.report.parts import parts_of
from tiyin_sandbox.report.safe_text import safe_text

MARKS: Final = {
    Verdict.PASSED: ("✓", "green"),
    Verdict.FAILED: ("✗", "bold red"),
    Verdict.SKIPPED: ("–", "yellow"),
}


def show(report: Report, suite: Suite, console: Console, language: Language = "ru") -> None:
    console.print(_table(report, suite, language))
    for outcome in by_group(report, suite):
        if outcome.verdict == Verdict.FAILED:
            console.print(_failed(outcome, language))
    for reason in dict.fromkeys(outcome.reason for outcome in report.outcomes if outcome.reason):
        console.print(Text(f"Skipped: {safe_text(reason)}", style="yellow"))
    console.print(_summary(report))


def _table(report: Report, suite: Suite, language: Language) -> Table:
    names = {group.id: group.name(language) for group in suite.groups}
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    last = ""
    for outcome in by_group(report, suite):
        if outcome.check.group != last:
            last = outcome.check.group
            table.add_row("", Text(names[last], style="bold"), "", "")
        mark, style = MARKS[outcome.verdict]
        name, code = Text(outcome.check.name(language)), Text(outcome.check.id, style="dim")
        table.add_row(Text(mark, style=style), name, code, Text(f"{outcome.seconds * 1000:.0f} ms", style="dim"))
    return table


def by_group(report: Report, suite: Suite) -> list[Outcome]:
    """Sort outcomes by the order of the menu."""
    places = {group.id: place for place, group in enumerate(suite.groups)}
    return sorted(report.outcomes, key=lambda outcome: places[outcome.check.group])


def _failed(outcome: Outcome, language: Language) -> Group:
    title = Text(f"\n✗ {outcome.check.name(language)}", style="bold red").append(f"  {outcome.check.id}", style="dim")
    return Group(title, *[_wrong(step) for step in outcome.failed_steps])


def _wrong(step: StepResult) -> Padding:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("", Text(safe_text(step.step), style="bold"))
    for label, text in parts_of(step):
        table.add_row(label, Text(safe_text(text)))
    return Padding(table, (0, 0, 1, 2))


def _summary(report: Report) -> Text:
    passed, failed, skipped = (report.count(verdict) for verdict in Verdict)
    line = Text()
    line.append(f"{passed} passed", style="green" if passed else "dim")
    line.append(f", {failed} failed", style="bold red" if failed else "dim")
    if skipped:
        line.append(f", {skipped} skipped", style="yellow")
    return line.append(f" in {report.seconds:.1f} s: {safe_text(report.target)}")

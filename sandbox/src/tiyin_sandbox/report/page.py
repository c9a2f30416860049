"""Writes the report as one page that needs nothing else, readable on a phone."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tiyin_sandbox.engine.checks import Language, Suite
from tiyin_sandbox.engine.results import Report, Verdict
from tiyin_sandbox.report.clean import clean


def write_page(report: Report, suite: Suite, path: Path, language: Language = "ru") -> None:
    path.write_text(page(report, suite, language), encoding="utf-8")


def page(report: Report, suite: Suite, language: Language = "ru") -> str:
    groups = [
        (group.name(language), outcomes)
        for group in suite.groups
        if (outcomes := [outcome for outcome in report.outcomes if outcome.check.group == group.id])
    ]
    return _template().render(
        report=report,
        groups=groups,
        language=language,
        passed=report.count(Verdict.PASSED),
        failed=report.count(Verdict.FAILED),
        skipped=report.count(Verdict.SKIPPED),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("tiyin_sandbox.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    return environment.get_template("page.html")

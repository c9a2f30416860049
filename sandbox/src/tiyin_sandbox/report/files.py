"""Writes reports to files: JSON for programs, JUnit for CI."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

from tiyin_sandbox.engine.checks import Language
from tiyin_sandbox.engine.results import Outcome, Report, StepResult, Verdict
from tiyin_sandbox.report.parts import parts_of
from tiyin_sandbox.report.safe_text import safe_text


def write_json(report: Report, path: Path) -> None:
    path.write_text(
        json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8", errors="replace"
    )


def write_junit(report: Report, path: Path, language: Language = "ru") -> None:
    suite = Xml.Element(
        "testsuite",
        name=f"sandbox.{report.suite}",
        tests=str(len(report.outcomes)),
        failures=str(report.count(Verdict.FAILED)),
        errors="0",
        skipped=str(report.count(Verdict.SKIPPED)),
        time=f"{report.seconds:.3f}",
        timestamp=report.started.isoformat(timespec="seconds"),
    )
    suite.extend([_case(outcome, language) for outcome in report.outcomes])
    suites = Xml.Element("testsuites")
    suites.append(suite)
    Xml.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _case(outcome: Outcome, language: Language) -> Xml.Element:
    check = outcome.check
    name = safe_text(f"{check.id} {check.name(language)}")
    case = Xml.Element("testcase", classname=f"sandbox.{check.group}", name=name, time=f"{outcome.seconds:.3f}")
    if outcome.verdict == Verdict.FAILED:
        first = outcome.failed_steps[0]
        failure = Xml.SubElement(case, "failure", message=safe_text(f"{first.step}: {first.why}"))
        failure.text = "\n\n".join(_step_text(step) for step in outcome.failed_steps)
    elif outcome.verdict == Verdict.SKIPPED:
        Xml.SubElement(case, "skipped", message=safe_text(outcome.reason or ""))
    return case


def _step_text(step: StepResult) -> str:
    """Write a wrong answer as plain text."""
    parts = [("step", step.step), *parts_of(step)]
    return safe_text("\n".join(f"{label}: {text}" for label, text in parts))

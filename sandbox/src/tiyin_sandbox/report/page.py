"""Writes the report as one page that needs nothing else, readable on a phone.

The page is built as a tree, so that no text of a gateway can be anything but text in it: the serializer escapes it all.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from tiyin_sandbox.engine.checks import Language, Suite
from tiyin_sandbox.engine.results import Outcome, Report, StepResult, Verdict
from tiyin_sandbox.report.safe_text import safe_text

MARKS: Final = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.SKIPPED: "–"}
EXPECTED: Final = {"ru": "Ожидается", "uz": "Kutiladi", "en": "Expected"}


def write_page(report: Report, suite: Suite, path: Path, language: Language = "ru") -> None:
    path.write_text(page(report, suite, language), encoding="utf-8")


def page(report: Report, suite: Suite, language: Language = "ru") -> str:
    html = Element("html", lang=language)
    counts = {verdict: report.count(verdict) for verdict in Verdict}
    html.append(_head(f"{report.suite}: {counts[Verdict.PASSED]} ✓ {counts[Verdict.FAILED]} ✗"))
    body = SubElement(html, "body")
    body.append(_header(report))
    main = SubElement(body, "main")
    for group in suite.groups:
        outcomes = [outcome for outcome in report.outcomes if outcome.check.group == group.id]
        if outcomes:
            section = SubElement(main, "section")
            _add(section, "h2", group.name(language))
            section.extend([_outcome(outcome, language) for outcome in outcomes])
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def _head(title: str) -> Element:
    head = Element("head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", {"name": "color-scheme", "content": "light dark"})
    _add(head, "title", title)
    SubElement(head, "style").text = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return head


def _header(report: Report) -> Element:
    header = Element("header")
    title = _add(header, "h1", f"{report.suite.capitalize()}:")
    for verdict, mark in MARKS.items():
        if (count := report.count(verdict)) or verdict is not Verdict.SKIPPED:
            _add(title, "span", f" {count} {mark}", verdict.value)
    _add(header, "p", report.target)
    moment = SubElement(header, "p")
    _add(moment, "time", report.started.isoformat(timespec="seconds"))
    _add(moment, "span", f" · {report.seconds:.1f} s", "dim")
    return header


def _outcome(outcome: Outcome, language: Language) -> Element:
    details = Element("details", {"open": "open"} if outcome.verdict is Verdict.FAILED else {})
    summary = SubElement(details, "summary")
    _add(summary, "span", MARKS[outcome.verdict], f"mark {outcome.verdict.value}")
    _add(summary, "span", outcome.check.name(language), "name")
    _add(summary, "code", outcome.check.id)
    if outcome.reason:
        _add(details, "p", outcome.reason, "step")
    details.extend([_step(step, language) for step in outcome.steps])
    return details


def _step(step: StepResult, language: Language) -> Element:
    block = Element("div", {"class": "step"})
    title = SubElement(block, "h3")
    verdict = Verdict.PASSED if step.passed else Verdict.FAILED
    _add(title, "span", MARKS[verdict], f"mark {verdict.value}")
    _add(title, "span", f" {step.step}")
    _add(title, "span", f" · {step.ms:.0f} ms", "dim")
    sides = SubElement(block, "div", {"class": "sides"})
    _add(sides, "pre", step.request)
    status = f"HTTP {step.answer_status}\n\n" if step.answer_status else ""
    _add(sides, "pre", status + step.answer_text)
    if step.expected:
        _add(block, "p", f"{EXPECTED[language]}: {step.expected}", "dim")
    if not step.passed:
        block.append(_reasons(list(_sentences(step))))
    return block


def _sentences(step: StepResult) -> Iterator[str]:
    """Give what is wrong, the likely cause, the fix."""
    yield step.why or ""
    if step.cause:
        yield from (step.cause.text, step.cause.fix)


def _reasons(sentences: Sequence[str]) -> Element:
    block = Element("div", {"class": "why"})
    for sentence, style in zip(sentences, ("failed", "", "fix"), strict=False):
        _add(block, "p", sentence, style)
    return block


def _add(parent: Element, tag: str, text: str, style: str = "") -> Element:
    """Append a child with safe text and the class `style`."""
    child = SubElement(parent, tag, {"class": style} if style else {})
    child.text = safe_text(text)
    return child

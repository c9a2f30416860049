"""What is made of a run."""

import json
from datetime import UTC, datetime
from io import StringIO
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console
from tiyin_sandbox.engine.results import Cause, Outcome, Report, StepResult, Verdict
from tiyin_sandbox.payme.suites import PAYME
from tiyin_sandbox.report.files import write_json, write_junit
from tiyin_sandbox.report.page import page, write_page
from tiyin_sandbox.report.parts import parts_of
from tiyin_sandbox.report.safe_text import safe_text
from tiyin_sandbox.report.terminal import show

HOSTILE = "<script>alert(1)</script>\x1b[31m\x00]]>"


def answered(passed, text='{"result":{}}'):
    return StepResult(
        step="CreateTransaction",
        request='POST http://127.0.0.1/payme\n\n{"method":"CreateTransaction"}',
        answer_status=200,
        answer_text=text,
        expected="error -31001",
        passed=passed,
        ms=3.21,
        why=None if passed else "the error -31001 is expected, not a result",
        symptom=None if passed else "accepted",
        cause=None if passed else Cause("The amount is not compared.", "Compare whole tiyin."),
    )


@pytest.fixture
def report():
    good, bad, skipped = (PAYME.checks[place] for place in (0, 1, 2))
    outcomes = (
        Outcome(good, (answered(True),), Verdict.PASSED, 0.012),
        Outcome(bad, (answered(True), answered(False, HOSTILE)), Verdict.FAILED, 0.02),
        Outcome(skipped, (), Verdict.SKIPPED, reason="no order is left"),
    )
    started = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)
    return Report("payme", "http://127.0.0.1/payme", started, 1.25, outcomes)


def shown(report, language="ru"):
    console = Console(file=StringIO(), width=100)
    show(report, PAYME, console, language)
    return console.file.getvalue()


def test_the_table_has_one_line_a_check_with_paymes_names(report):
    lines = shown(report).splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("✓", "✗", "–"))] == ["✓", "✗", "–", "✗"]
    assert "Неверная авторизация" in lines[1]


def test_a_failed_check_shows_all_that_is_needed(report):
    output = shown(report)
    for words in ("HTTP 200", "error -31001", "not a result", "The amount is not compared.", "Compare whole tiyin."):
        assert words in output


def test_the_last_line_sums_up(report):
    assert shown(report).splitlines()[-1] == "1 passed, 1 failed, 1 skipped in 1.2 s: http://127.0.0.1/payme"


@pytest.mark.parametrize(
    ("language", "name"), [("ru", "Неверная сумма"), ("uz", "Noto‘g‘ri summa"), ("en", "Wrong amount")]
)
def test_names_are_in_the_language_that_was_asked_for(report, language, name):
    assert name in shown(report, language)
    assert name in page(report, PAYME, language)


def test_nothing_of_an_answer_reaches_the_terminal_as_a_command(report):
    assert "\x1b" not in shown(report)


def test_an_answer_without_a_body_is_said_to_be_nothing():
    assert dict(parts_of(answered(False, "")))["answer"] == "HTTP 200\nnothing"


def test_json_holds_everything(report, tmp_path):
    write_json(report, tmp_path / "report.json")
    output = json.loads((tmp_path / "report.json").read_text())
    assert (output["passed"], output["failed"], output["skipped"]) == (1, 1, 1)
    assert output["checks"][1]["steps"][1] == {
        "step": "CreateTransaction",
        "passed": False,
        "expected": "error -31001",
        "why": "the error -31001 is expected, not a result",
        "cause": "The amount is not compared.",
        "fix": "Compare whole tiyin.",
        "request": 'POST http://127.0.0.1/payme\n\n{"method":"CreateTransaction"}',
        "answer": {"status": 200, "text": HOSTILE},
        "ms": 3.2,
    }


def test_junit_is_read_by_ci(report, tmp_path):
    write_junit(report, tmp_path / "report.xml")
    suite = Xml.parse(tmp_path / "report.xml").getroot().find("testsuite")
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "skipped", "errors")} == {
        "name": "sandbox.payme",
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    case = suite.findall("testcase")[1]
    assert case.get("name") == "payme.1.2 Неверная сумма"
    assert case.find("failure").get("message") == "CreateTransaction: the error -31001 is expected, not a result"
    assert "fix: Compare whole tiyin." in case.find("failure").text


def test_the_page_needs_nothing_else(report, tmp_path):
    write_page(report, PAYME, tmp_path / "report.html")
    output = (tmp_path / "report.html").read_text()
    assert output.startswith("<!doctype html>")
    assert not any(word in output for word in ("src=", "href=", "@import", "url(", "<script"))
    assert 'name="viewport"' in output


def test_the_page_escapes_what_a_gateway_answers(report):
    output = page(report, PAYME)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in output
    assert "\x1b" not in output


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("Заказ №7\n\t", "Заказ №7\n\t"), ("a\x00b\x1bc\x9bd", "a�b�c�d"), ("\u202eabc", "�abc"), ("\ud800", "�")],
)
def test_unfit_characters_are_replaced(text, cleaned):
    assert safe_text(text) == cleaned


def test_endless_text_is_cut():
    assert safe_text("x" * 5000, max_characters=10) == "xxxxxxxxxx… (5000 characters)"

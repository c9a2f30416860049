"""What is logged is an event in a few fixed words, with its values in fields beside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INTERFACES = ("payme_rpc", "click_http", "merchant_api")
PACKAGES = ("core", "inbound", *INTERFACES, "outbound", "gateway", "schema", "sandbox/src")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
EVENT = re.compile(r"[a-z][a-z -]*[a-z]", re.IGNORECASE)


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in LEVELS
                    and getattr(node.func.value, "id", "") in ("log", "logger")
                ):
                    yield f"{path.relative_to(ROOT).as_posix()}: {ast.unparse(node)}", node


@pytest.mark.parametrize("call", [pytest.param(call, id=name[:80]) for name, call in log_calls()])
def test_a_log_call_has_fixed_words_and_fields(call):
    (event,) = call.args  # no values to be put into the words
    assert isinstance(event, ast.Constant)
    assert EVENT.fullmatch(event.value)
    assert {keyword.arg for keyword in call.keywords} <= {"extra", "exc_info"}


def test_what_asks_for_a_look_is_in_the_docs():
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    serious = [call for _, call in log_calls() if isinstance(call.func, ast.Attribute) and call.func.attr != "info"]
    events = {call.args[0].value for call in serious if isinstance(call.args[0], ast.Constant)}
    assert {event for event in events if f"`{event}`" not in page} == set()


def test_there_are_log_calls_to_look_at():
    assert len(list(log_calls())) > 20

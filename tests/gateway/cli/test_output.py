"""What callers have sent reaches the operator's terminal with escapes, whichever command prints it, piped or not."""

import json

import pytest

HOSTILE = "\x1b]0;t\x07\x1b[31m\x7f\x9b1m\u202e\u2066\u200f\u061c\u200b\u2028"
ACCOUNT = "1001\u202e\u2066"
ESCAPED = "1001\\u202e\\u2066"


@pytest.fixture
def opened(types):
    status, said, wrong = types("order", "add", ACCOUNT, "5000000", "--description", f"{HOSTILE}end")
    assert (status, wrong) == (0, ""), wrong
    return said


def lines_of(said: str) -> str:
    """What was printed, of which no character acts upon a terminal."""
    assert said.replace("\n", "").isprintable()
    return said


@pytest.mark.parametrize(
    "command",
    [["order", "show", ACCOUNT], ["order", "list"], ["order", "history", ACCOUNT], ["find", ACCOUNT], ["audit"]],
    ids=" ".join,
)
def test_no_command_shows_it_as_it_came(types, opened, command) -> None:
    types("db", "psql", "-c", "UPDATE orders SET paid_total = 1")
    _, said, wrong = types(*command)
    assert ESCAPED in lines_of(said)
    assert wrong == ""


def test_a_changed_order_is_named_with_escapes(types, opened) -> None:
    assert "\\x1b]0;t\\x07" in lines_of(opened)
    assert lines_of(types("order", "cancel", ACCOUNT)[1]) == f"Order {ESCAPED} is cancelled.\n"


def test_json_has_escapes_of_its_own(types, opened) -> None:
    types("db", "psql", "-c", "UPDATE orders SET paid_total = 1")
    said = lines_of(types("audit", "--json")[1])
    (example,) = [one["examples"][0] for one in json.loads(said)["invariants"] if one["violations"]]
    assert example["account"] == ACCOUNT


def test_a_sentence_about_an_error_has_escapes(types) -> None:
    status, said, wrong = types("order", "list", DATABASE_URL="postgresql://u@127.0.0.1:1/\u202e\x1b[31m")
    assert (status, said) == (1, "")
    lines_of(wrong)

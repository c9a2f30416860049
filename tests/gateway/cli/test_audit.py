"""`tiyin audit`: its answers and its exit status."""

import json

from rich.console import Console

from core.audit.invariants import INVARIANTS
from gateway.cli import terminal

NAMES = [invariant.name for invariant in INVARIANTS]


def test_no_violation_has_status_0(types) -> None:
    types("order", "add", "1001", "5000000")
    status, said, wrong = types("audit")
    assert (status, wrong) == (0, "")
    assert all(name in said for name in NAMES)
    assert "Looked at 1 orders and 0 payments of the database at postgresql://" in said
    assert said.endswith("The books hold.\n")


def test_the_database_is_named_in_one_line_however_narrow_the_terminal(types, monkeypatch) -> None:
    monkeypatch.setattr(terminal, "console", Console(width=40))
    looked_at = types("audit")[1].splitlines()[-2]
    assert looked_at.startswith("Looked at 0 orders and 0 payments of the database at postgresql://")


def test_a_violation_has_status_1_and_is_located(types) -> None:
    types("order", "add", "1001", "5000000")
    types("db", "psql", "-c", "UPDATE orders SET state = 'paid'")
    status, said, wrong = types("audit")
    assert (status, wrong) == (1, "")
    assert "account=1001" in said
    assert said.endswith(f"2 of {len(INVARIANTS)} invariants are violated.\n")


def test_as_json_it_is_for_programs(types) -> None:
    types("order", "add", "1001", "5000000")
    clean = json.loads(types("audit", "--json")[1])
    assert (clean["holds"], clean["thorough"], clean["orders"], clean["payments"]) == (True, False, 1, 0)
    assert clean["database"].startswith("the database at postgresql://")
    assert [one["name"] for one in clean["invariants"]] == NAMES
    types("db", "psql", "-c", "UPDATE orders SET version = 7")
    status, said, _ = types("audit", "--json", "--thorough")
    report = json.loads(said)
    wrong = [one for one in report["invariants"] if one["violations"]]
    assert (status, report["holds"], report["thorough"]) == (1, False, True)
    assert [(one["name"], one["violations"], one["more"]) for one in wrong] == [("order_history", 1, False)]
    assert wrong[0]["examples"][0]["version_of_order"] == 7
    assert wrong[0]["sentence"].startswith("An order's transitions are a chain")


def test_a_schema_that_is_behind_is_not_audited(types, behind) -> None:
    status, said, wrong = types("audit", DATABASE_URL=behind)
    assert (status, said, wrong.count("\n")) == (1, "", 1)
    assert wrong.endswith("run `tiyin migrate` first.\n")


def test_a_database_that_is_away_is_a_sentence(types) -> None:
    status, said, wrong = types("audit", DATABASE_URL="postgresql://u:Se-cret@127.0.0.1:1/tiyin")
    assert (status, said, wrong.count("\n"), "Se-cret" in wrong) == (1, "", 1, False)


def test_bad_use_has_status_2(types) -> None:
    assert types("audit", "--nonsense")[0] == 2
    assert types("audit", "orders")[0] == 2

"""Writes the table of the comparison: `python table.py NAME=report.json …`, one column for each report of one suite."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Checks = Mapping[str, Any]
MARKS = {"passed": "✓", "failed": "✗", "skipped": "–"}


def rows(reports: Mapping[str, Any]) -> Iterator[str]:
    checks: dict[str, Checks] = {name: {check["id"]: check for check in r["checks"]} for name, r in reports.items()}
    first = {id_: check for found in reversed(checks.values()) for id_, check in found.items()}
    yield f"| check | {' | '.join(reports)} |"
    yield "|---|" + ":-:|" * len(reports)
    for id_, check in first.items():
        marks = [MARKS[found[id_]["verdict"]] if id_ in found else "" for found in checks.values()]
        strict = "" if check["strict"] else "**"
        yield f"| {strict}`{id_}` {check['name']['en']}{strict} | {' | '.join(marks)} |"
    for strict, told in ((False, "of the provider's own checks"), (True, "of the strict ones")):
        yield f"| **passed** {told} | {' | '.join(_passed(found, strict) for found in checks.values())} |"
    for name, found in checks.items():
        yield from ("", f"{name}:", "", *reasons(found))


def _passed(checks: Checks, strict: bool) -> str:
    verdicts = [check["verdict"] for check in checks.values() if check["strict"] is strict]
    return f"{verdicts.count('passed')} of {len(verdicts) - verdicts.count('skipped')}"


def reasons(checks: Checks) -> Iterator[str]:
    """The first thing that was wrong in each failed check."""
    for check in checks.values():
        wrong = [step for step in check["steps"] if not step["passed"]]
        if wrong:
            yield f"* `{check['id']}`, {wrong[0]['step']}: {wrong[0]['why']}"


named = [argument.partition("=") for argument in sys.argv[1:]]
sys.stdout.write("\n".join(rows({name: json.loads(Path(path).read_text()) for name, _, path in named})) + "\n")

"""Asks an advisory database (OSV, by pip-audit) about the locked packages, and says what is known, or that nothing is.

python tools/advisories.py [--osv-url URL]

Exit status 1: an advisory about a package that the gateway serves with. One about a package that only tests need is
printed, and so is that nobody could be asked: neither says anything of the code that is being checked.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent
ASKED_ABOUT: Final = ROOT / "requirements" / "dev.txt"
SERVED_WITH: Final = ROOT / "requirements" / "serve.txt"
ANSWER_SECONDS: Final = 15
REASON_MAX_LENGTH: Final = 200


class Answers(NamedTuple):
    """What the database said: of how many packages, of which not, and each advisory in a line."""

    count: int
    unanswered: list[str]
    about_serving: list[str]
    about_tests: list[str]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tools/advisories.py")
    parser.add_argument("--osv-url", help="the database's address, instead of OSV's own")
    where = parser.parse_args(arguments).osv_url
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(ASKED_ABOUT), "--require-hashes", "--disable-pip"),
        *("--vulnerability-service", "osv", "--format", "json", "--progress-spinner", "off"),
        *("--timeout", str(ANSWER_SECONDS), *(("--osv-url", where) if where else ())),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _nobody_answered((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    answers = read(packages, {name for name, _ in locked(SERVED_WITH)})
    if not answers.count:
        return _nobody_answered("it knows none of the packages")
    return _show(answers)


def locked(file: Path) -> list[tuple[str, str]]:
    """Return the names, as indexes write them, and versions in a file of locked packages."""
    return re.findall(r"^([\w.-]+)==([^ ;\\]+)", file.read_text(encoding="utf-8"), re.MULTILINE)


def read(packages: Iterable[dict[str, Any]], serving: set[str]) -> Answers:
    """Read pip-audit's report. `serving`: the packages that the gateway serves with."""
    answered = [package for package in packages if "skip_reason" not in package]
    unanswered = [package["name"] for package in packages if "skip_reason" in package]
    lines: dict[bool, list[str]] = {True: [], False: []}
    for package in answered:
        for advisory in package["vulns"]:
            names = ", ".join([advisory["id"], *advisory.get("aliases", ())])
            cure = ", ".join(advisory["fix_versions"])
            state = f"mended in {cure}" if cure else "not mended yet"
            line = f"{package['name']} {package['version']}: {names}; {state}"
            lines[package["name"] in serving].append(line)
    return Answers(len(answered), unanswered, lines[True], lines[False])


def _show(answers: Answers) -> int:
    found = len(answers.about_serving) + len(answers.about_tests)
    print(f"The advisory database was asked about {answers.count} packages. Advisories: {found}.")
    for title, lines in (
        ("The gateway serves with these: lock versions in which they are mended.", answers.about_serving),
        ("Only tests and checks use these.", answers.about_tests),
        ("It does not know these packages.", answers.unanswered),
    ):
        if lines:
            print("\n  ".join([title, *lines]))
    return 1 if answers.about_serving else 0


def _nobody_answered(reason: str) -> int:
    print(
        "No advisory database could be asked, so nothing is known of the packages, neither good nor bad:"
        f" {reason[:REASON_MAX_LENGTH]}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

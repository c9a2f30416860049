"""The documents are true: links lead somewhere, what they name in backticks exists, and the front page is one page."""

import os
import re
from functools import cache
from pathlib import Path

import pytest
from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.payme.suites import PAYME

from gateway.observability.metrics import Metrics

ROOT = Path(__file__).parent.parent

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "CHANGELOG.md",
    ROOT / "examples" / "README.md",
    ROOT / "examples" / "receiver" / "README.md",
    ROOT / "sandbox" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
]
PRECISE = [
    page for page in PAGES if page.name not in {"CHANGELOG.md", "compared.md"} and page.parent.name != "examples"
]
"""Pages whose code words are ours and of today: a changelog names what was, a comparison what others call it."""

README_MAX_LINES = 100

NOT_IN_THE_REPOSITORY = {"tiyin.toml", ".env", "manifest.json"}
"""Made where the gateway runs."""

FIELD = ROOT / "docs" / "field.md"
ROWS_OF_THE_FIELD = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in FIELD.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| number")
]
CHECKS = {check.id for suite in (CLICK, PAYME) for check in suite.checks}

HERE = "tests/test_docs.py"
KEPT = {".ci", ".github"}
MADE = re.compile(r"__pycache__|node_modules|build|dist|artifacts|.*\.egg-info")

OF_OTHERS = {"fdatasync", "maxconn", "pg_test_fsync", "pg_advisory_xact_lock"}
"""Names that the documents mention and the code has no need of."""

GENERATED = re.compile(r"<!-- mutants.*?<!-- end of mutants -->", re.DOTALL)
"""Held to the code by tests of its own."""

FENCE = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
SUFFIXES = (".py", ".sql", ".md", ".cfg", ".toml", ".txt", ".yml", ".yaml", ".json", ".sh")

HISTORY = {
    "0013-interface-in-journal-and-metrics.md": {"door", "endpoint", "protocol"},
    "0014-rooms-and-one-face-of-the-core.md": {"sandbox"},
    "0015-migration-0001-rewritten-until-0.1.0.md": {"moves", "door"},
    "0016-the-sandbox-is-a-separate-project.md": {"sandbox", "tiyin_core"},
}
"""What records of decisions name as it was, or as it was not made."""


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def files() -> frozenset[str]:
    """Those of the project, whether or not there is a git here: no environments, caches or data of a gateway."""
    found = set()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name in KEPT or not (name.startswith(".") or MADE.fullmatch(name))]
        found.update((Path(folder) / name).relative_to(ROOT).as_posix() for name in names)
    return frozenset(found - NOT_IN_THE_REPOSITORY)


@cache
def directories() -> frozenset[str]:
    return frozenset(parent.as_posix() for name in files() for parent in Path(name).parents)


@cache
def words_of_the_code() -> frozenset[str]:
    sources = [
        name
        for name in files()
        if not name.endswith((".md", ".png", ".min.js")) and "LICENSE" not in name and name != HERE
    ]
    words = {Path(name).stem for name in files()}
    for name in sources:
        words.update(re.findall(r"\w+", (ROOT / name).read_text(encoding="utf-8", errors="ignore")))
    return frozenset(words)


def text_of(page: Path) -> str:
    return GENERATED.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))


def code_in(page: Path) -> set[str]:
    return set(CODE.findall(text_of(page)))


def paths_in(page: Path) -> set[str]:
    """What looks like a file or a directory of ours; of `file::test` the file."""
    tops = {name.split("/")[0] for name in files()}
    found = {word.partition("::")[0] for word in code_in(page)}
    paths = {word for word in found if PATH.fullmatch(word)}
    return {
        path
        for path in paths - NOT_IN_THE_REPOSITORY
        if path.endswith(SUFFIXES) or ("/" in path.rstrip("/") and path.split("/")[0] in tops)
    }


def is_a_test(proof: str) -> bool:
    """A function of a test file: `file::test`."""
    file, _, test = proof.partition("::")
    return file in files() and f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def exists(path: str, page: Path) -> bool:
    plain = path.rstrip("/")
    if "/" not in plain and any(Path(name).name == plain for name in files()):
        return True
    beside = (page.parent / plain).resolve()
    return plain in files() or plain in directories() or beside.exists()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    links = {link.partition("#")[0] for link in LINK.findall(text_of(page)) if "://" not in link}
    assert [link for link in sorted(links) if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_are_named_exist(page):
    assert [path for path in sorted(paths_in(page)) if not exists(path, page)] == []


@pytest.mark.parametrize("page", PRECISE, ids=named)
def test_identifiers_that_are_named_are_in_the_code(page):
    """A rename that forgets the documents is seen here."""
    identifiers = {word.removesuffix("()") for word in code_in(page)} - HISTORY.get(page.name, set()) - OF_OTHERS
    parts = {part for word in identifiers if IDENTIFIER.fullmatch(word) for part in word.split(".")}
    assert sorted(parts - words_of_the_code()) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_targets_that_are_named_exist(page):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = [word.split()[1:] for word in code_in(page) if word.startswith("make ")]
    wanted = {word for words in commands for word in words if "=" not in word and not word.startswith((".", "/"))}
    assert sorted(wanted - targets) == []


@pytest.mark.parametrize("row", ROWS_OF_THE_FIELD, ids=lambda row: row[0])
def test_what_was_met_in_the_field_is_held_by_tests_that_exist(row):
    number, *_, shown_by = row
    proofs = CODE.findall(shown_by)
    assert re.fullmatch("[NCP][1-9][0-9]?", number)
    assert proofs
    assert [proof for proof in proofs if not (is_a_test(proof) or proof in CHECKS)] == []


def test_no_number_of_the_field_is_given_twice():
    assert len({number for number, *_ in ROWS_OF_THE_FIELD}) == len(ROWS_OF_THE_FIELD) > 0


def test_the_front_page_is_one_page():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_MAX_LINES


def test_every_metric_is_described():
    operate = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    metrics = {metric.name + ("_total" if metric.type == "counter" else "") for metric in Metrics().registry.collect()}
    assert [name for name in sorted(metrics) if f"`{name}`" not in operate] == []


def test_every_decision_is_in_the_index_and_has_its_parts():
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for record in sorted(folder.glob("0*.md")):
        text = record.read_text(encoding="utf-8")
        assert f"({record.name})" in index
        parts = ["**Status:**", "**Date:**", "## Context", "## Decision", "## Alternatives", "## Consequences"]
        assert [part for part in parts if part not in text] == []

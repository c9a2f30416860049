"""The planted bugs can still be planted, and the tests that catch them are still there."""

from pathlib import Path

import pytest

from tests.mutants.bugs import BUGS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_it_can_be_planted_and_its_test_is_there(bug):
    texts = {change.file: (ROOT / change.file).read_text(encoding="utf-8") for change in bug.changes}
    for change in bug.changes:
        texts[change.file] = change.made_in(texts[change.file])
    file, _, test = bug.test.split(" ")[0].partition("::")
    assert (ROOT / file).is_file()
    assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8")


def test_there_are_enough_and_each_has_its_name():
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= 25


def test_the_docs_list_each():
    told = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert not [bug.name for bug in BUGS if f"| {bug.name} | `" not in told]

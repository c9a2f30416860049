"""The mutants can still be made, the tests that catch them are still there, and the docs list them."""

import ast

import pytest

from tests.mutants.mutant import MUTANTS, ROOT, Change
from tests.mutants.table import PAGE, page_with_table

TEXT = "def f():\n    if x:\n        call(\n            a,\n            b,\n        )\n    return 1\n"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_can_be_made_and_its_test_is_there(mutant):
    for file, text in mutant.texts(ROOT).items():
        if file.endswith(".py"):
            ast.parse(text)
    file, _, test = mutant.test.split(" ")[0].partition("::")
    assert (ROOT / file).is_file()
    assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text(encoding="utf-8")


def test_there_are_enough_and_each_has_its_name():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 25


def test_the_docs_list_each():
    assert PAGE.read_text(encoding="utf-8") == page_with_table()


@pytest.mark.parametrize(
    ("before", "after", "made"),
    [
        ("call(a, b)", "call(b, a)", "def f():\n    if x:\n        call(b, a)\n    return 1\n"),
        ("if x:\n    call(a, b)", "call(a, b)", "def f():\n    call(a, b)\n    return 1\n"),
        ("    call(a, b)\nreturn 1", "    return 2\nreturn 1", "def f():\n    if x:\n        return 2\n    return 1\n"),
        ("1", "[\n    1,\n]", TEXT.replace("return 1", "return [\n        1,\n    ]")),
    ],
)
def test_a_change_is_made_however_the_lines_are_broken(before, after, made):
    assert Change("f.py", before, after).made_in(TEXT) == made


def test_a_change_that_fits_nowhere_or_twice_is_refused():
    for text in ("", "a\na\n"):
        with pytest.raises(ValueError, match="times, not once"):
            Change("f.py", "a", "b").made_in(text)

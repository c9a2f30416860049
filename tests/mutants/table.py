"""Writes the table of the mutants into the docs: `python -m tests.mutants.table`."""

from itertools import groupby
from pathlib import Path
from typing import Final

from tests.mutants.mutant import MUTANTS, ROOT

PAGE: Final = ROOT / "docs" / "reliability.md"
BEGIN: Final = "<!-- mutants: made by `python -m tests.mutants.table` -->\n"
END: Final = "<!-- end of mutants -->\n"


def table() -> str:
    lines = ["| mutant | caught by |", "|---|---|"]
    for area, mutants in groupby(MUTANTS, key=lambda mutant: mutant.area):
        lines.append(f"| **{area}** | |")
        lines += [f"| {mutant.name} | `{mutant.test.removeprefix('tests/')}` |" for mutant in mutants]
    return "\n".join(lines) + "\n"


def page_with_table(page: Path = PAGE) -> str:
    """The page as it should be."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(), encoding="utf-8")

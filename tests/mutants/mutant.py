"""Known bugs as data: what each changes in which file, and the test that must not let it pass."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
FILE: Final = Path(__file__).with_name("mutants.toml")


@dataclass(frozen=True, slots=True)
class Change:
    file: str
    before: str
    """Stands in the file exactly once, however its lines are broken there."""
    after: str

    def made_in(self, text: str) -> str:
        """The text with the change made, indented like what it replaces."""
        found = list(re.finditer(_pattern(self.before), text))
        if len(found) != 1:
            raise ValueError(f"{self.file} has this {len(found)} times, not once: {self.before}")
        start, end = found[0].span()
        line = text.rfind("\n", 0, start) + 1
        indent = text[line:start]
        if indent.strip():  # it begins in the middle of a line
            indent = text[line : len(text) - len(text[line:].lstrip(" "))]
            return text[:start] + self.after.replace("\n", f"\n{indent}") + text[end:]
        outer = indent[len(self.before) - len(self.before.lstrip(" ")) :]
        after = "\n".join(outer + each if each else each for each in self.after.split("\n"))
        return text[:line] + after + text[end:]


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    area: str
    changes: Sequence[Change]
    test: str
    """The arguments of pytest: a test, or a file's tests with `-k` words."""

    def texts(self, root: Path) -> dict[str, str]:
        """By file: its text with the mutant's changes."""
        texts = {change.file: (root / change.file).read_text(encoding="utf-8") for change in self.changes}
        for change in self.changes:
            texts[change.file] = change.made_in(texts[change.file])
        return texts


def _pattern(before: str) -> str:
    """White space and a comma before a closing bracket don't count: a formatter may change them at any time."""
    tokens = re.findall(r"\w+|[^\w\s]", before)
    parts = [r"(?<!\w)" if _is_word(tokens[0]) else ""]
    for last, token in zip(["", *tokens], tokens, strict=False):
        if last:
            parts.append(r"\s+" if _is_word(last) and _is_word(token) else r"\s*")
        if last and last != "," and token in ")]}":
            parts.append(r"(?:,\s*)?")
        parts.append(re.escape(token))
    return "".join(parts)


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"


def _mutant(entry: Mapping[str, Any]) -> Mutant:
    changes = [Change(change["file"], change["before"], change["after"]) for change in entry["change"]]
    return Mutant(entry["name"], entry["area"], changes, entry["test"])


MUTANTS: Final = tuple(_mutant(entry) for entry in tomllib.loads(FILE.read_text(encoding="utf-8"))["mutant"])

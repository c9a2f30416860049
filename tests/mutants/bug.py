"""One bug that somebody might write one day: where, what, and the test that must not let it pass."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    file: str
    old: str
    """Stands in the file exactly once."""
    new: str

    def made_in(self, sound: str) -> str:
        if sound.count(self.old) != 1:
            raise ValueError(f"{self.file} has this {sound.count(self.old)} times, not once: {self.old}")
        return sound.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Bug:
    name: str
    changes: Sequence[Change]
    test: str
    """What pytest is told: a test, or a file's tests with `-k` words."""

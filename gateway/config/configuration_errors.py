"""What is wrong with the settings, in sentences that name each setting and never show a value."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

_WORDS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not a known setting",
    "too_short": "is empty",
    "too_long": "has too many values",
    "string_pattern_mismatch": "has characters or a length that it cannot have",
}


class SettingsError(Exception):
    """Some settings keep the gateway from starting."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


def explain(error: ValidationError, name_of: Callable[[Place], str]) -> SettingsError:
    """One sentence for each wrong setting. pydantic's own texts tell what is expected, never what came."""
    words: dict[str, str] = {}
    for wrong in error.errors(include_url=False):
        words.setdefault(name_of(wrong["loc"]), _words(wrong))
    return SettingsError([f"{name} {said}" for name, said in words.items()])


def _words(wrong: ErrorDetails) -> str:
    if wrong["type"] == "value_error":
        return str(wrong["ctx"]["error"])
    if wrong["input"] is None:
        return _WORDS["missing"]
    return _WORDS.get(wrong["type"]) or wrong["msg"].replace("Input should", "should", 1).partition(", ")[0]

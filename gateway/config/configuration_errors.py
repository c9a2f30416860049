"""Configuration errors are sentences that name a setting and never show its value."""

from collections.abc import Callable, Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

_BY_TYPE: Final = {
    "missing": "is missing",
    "string_type": "should be a text, in quotes",
    "tuple_type": "should be a list, in brackets",
    "model_type": "should be a table of settings",
    "dict_type": "should be a table of settings",
    "too_short": "is empty",
    "too_long": "has too many values",
    "byte_size": "should be a number of bytes, such as 64MiB",
    "byte_size_unit": "should be a number of bytes, such as 64MiB",
    "string_pattern_mismatch": "has characters or a length that it cannot have",
}


class SettingsError(Exception):
    """Some settings keep the gateway from starting."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


def explain(error: ValidationError, name_of: Callable[[Place], str], unknown: Callable[[Place], str]) -> SettingsError:
    """Make one sentence for each wrong setting. pydantic's texts name what is expected, never what was given.

    `unknown`: says what is wrong with a setting that there is not.
    """
    sentences: dict[str, str] = {}
    for details in error.errors(include_url=False):
        place = details["loc"]
        name = name_of(place)
        is_unknown = details["type"] == "extra_forbidden"
        sentences.setdefault(name, unknown(place) if is_unknown else f"{name} {_reason(details)}")
    return SettingsError(list(sentences.values()))


def _reason(details: ErrorDetails) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    if details["input"] is None:
        return _BY_TYPE["missing"]
    if details["type"] in ("literal_error", "enum"):
        return f"should be {details['ctx']['expected']}"
    return _BY_TYPE.get(details["type"]) or details["msg"].replace("Input should", "should", 1).partition(", ")[0]

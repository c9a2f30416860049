"""Compares the fields of an answer with expected values, and with conditions where no single value will do."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Placeholders = Mapping[str, Any]
"""What the placeholders of a check stand for."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A condition on one value, and its text for people."""

    text: str
    matches: Callable[[Any, Placeholders], bool]


def substitute(value: Any, placeholders: Placeholders) -> Any:
    """Fill the placeholders of a value in."""
    if isinstance(value, str) and value.startswith("$"):
        return placeholders[value]
    if isinstance(value, Mapping):
        return {placeholders.get(key, key): substitute(inner, placeholders) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [substitute(inner, placeholders) for inner in value]
    return value


def equal(one: Any, other: Any) -> bool:
    """Compare as JSON: 1 is not true, nor 1.0, nor "1"."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and bool(one == other)


def satisfies(expected: Any, got: Any, placeholders: Placeholders) -> bool:
    if isinstance(expected, Matcher):
        return expected.matches(got, placeholders)
    return equal(substitute(expected, placeholders), got)


def first_mismatch(expected: Mapping[str, Any], got: Any, placeholders: Placeholders) -> str | None:
    """Return a sentence about the first field that is not as it must be, if there is one."""
    if not isinstance(got, Mapping):
        return f"the result must be an object, not {short_json(got)}"
    for name, value in expected.items():
        if name not in got:
            return f"`{name}` is missing"
        if not satisfies(value, got[name], placeholders):
            return f"`{name}` must be {describe(value, placeholders)}, not {short_json(got[name])}"
    return None


def describe(expected: Any, placeholders: Placeholders) -> str:
    """Write an expected value for people."""
    if isinstance(expected, Matcher):
        return expected.text
    if isinstance(expected, Mapping):
        return "{" + ", ".join(f'"{name}": {describe(value, placeholders)}' for name, value in expected.items()) + "}"
    return short_json(placeholders.get(expected, expected) if isinstance(expected, str) else expected)


def short_json(value: Any) -> str:
    """Write a value of an answer, short enough for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"


def one_of(*values: Any) -> Matcher:
    text = " or ".join(short_json(value) for value in values)
    return Matcher(text, lambda got, placeholders: any(equal(substitute(value, placeholders), got) for value in values))


def _is_timestamp(got: Any, placeholders: Placeholders) -> bool:
    return type(got) is int and 10**12 <= got < 10**13


ANYTHING: Final = Matcher("anything", lambda got, placeholders: True)
TEXT: Final = Matcher("a text, not empty", lambda got, placeholders: isinstance(got, str) and got != "")
TIMESTAMP: Final = Matcher("milliseconds since 1970 (13 digits)", _is_timestamp)

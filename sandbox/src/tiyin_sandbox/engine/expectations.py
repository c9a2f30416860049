"""What an answer's word may be where no single value will do, and how answers are held against it."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Said = Mapping[str, Any]
"""What the placeholders of a check stand for."""


@dataclass(frozen=True, slots=True)
class Word:
    """A condition on one value, and how it is told."""

    text: str
    holds: Callable[[Any, Said], bool]


def resolve(value: Any, said: Said) -> Any:
    """The value with its placeholders filled in."""
    if isinstance(value, str) and value.startswith("$"):
        return said[value]
    if isinstance(value, Mapping):
        return {said.get(key, key): resolve(inner, said) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, said) for inner in value]
    return value


def equal(one: Any, other: Any) -> bool:
    """As JSON: 1 is not true, nor 1.0, nor "1"."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(equal, one, other))
    return type(one) is type(other) and bool(one == other)


def fits(expected: Any, got: Any, said: Said) -> bool:
    if isinstance(expected, Word):
        return expected.holds(got, said)
    return equal(resolve(expected, said), got)


def misses(expected: Mapping[str, Any], got: Any, said: Said) -> str | None:
    """The first word that is not as it must be: a sentence, or None."""
    if not isinstance(got, Mapping):
        return f"the result must be an object, not {shown(got)}"
    for name, word in expected.items():
        if name not in got:
            return f"`{name}` is missing"
        if not fits(word, got[name], said):
            return f"`{name}` must be {told(word, said)}, not {shown(got[name])}"
    return None


def told(expected: Any, said: Said) -> str:
    """An expected value, in words."""
    if isinstance(expected, Word):
        return expected.text
    if isinstance(expected, Mapping):
        return "{" + ", ".join(f'"{name}": {told(word, said)}' for name, word in expected.items()) + "}"
    return shown(said.get(expected, expected) if isinstance(expected, str) else expected)


def shown(value: Any) -> str:
    """A value of an answer, short enough for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:200] + "…"


def one_of(*values: Any) -> Word:
    text = " or ".join(shown(value) for value in values)
    return Word(text, lambda got, said: any(equal(resolve(value, said), got) for value in values))


def _is_moment(got: Any, said: Said) -> bool:
    return type(got) is int and 10**12 <= got < 10**13


ANYTHING: Final = Word("anything", lambda got, said: True)
TEXT: Final = Word("a text, not empty", lambda got, said: isinstance(got, str) and got != "")
POSITIVE: Final = Word("a whole number above 0", lambda got, said: type(got) is int and got > 0)
MOMENT: Final = Word("milliseconds since 1970 (13 digits)", _is_moment)

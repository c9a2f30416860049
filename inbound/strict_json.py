"""Decodes JSON without guessing: UTF-8 only, no NaN, no field twice, no endless number and no endless nesting."""

import json
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

NUMBER_MAX_CHARACTERS: Final = 400
"""No field takes a number as long as that; `int` itself gives up at 4,300 digits."""

NUL_OR_SURROGATE: Final = re.compile("[\x00\ud800-\udfff]")
"""Legal in JSON's escapes, in no text of PostgreSQL's."""


class JsonError(ValueError):
    """The body is not strict JSON. The message is a sentence of ours that may be shown to the caller."""


class StrictJson:
    """A decoder. What a number becomes is the protocol's affair: one of the functions below."""

    def __init__(self, *, whole: Callable[[str], Any], fraction: Callable[[str], Any]) -> None:
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_fields, parse_constant=_refuse_constant, parse_int=whole, parse_float=fraction
        )

    def parse(self, body: bytes) -> Any:
        """The document; raises JsonError."""
        try:
            return self._decoder.decode(body.decode())
        except json.JSONDecodeError as error:
            reason = f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}."
        except UnicodeDecodeError:
            reason = "The body is not UTF-8."
        except RecursionError:
            reason = "The body is nested too deeply."
        except ArithmeticError:
            reason = "A number is too large."
        except ValueError as error:
            reason = str(error)
        raise JsonError(reason)


def whole_or_infinite(digits: str) -> int | float:
    """A number that is too long becomes infinite, which no field takes: its field is refused, not the whole body."""
    return int(digits) if len(digits) <= NUMBER_MAX_CHARACTERS else math.inf


def exact_whole(digits: str) -> int:
    return int(_bounded(digits))


def exact_fraction(digits: str) -> Decimal:
    return Decimal(_bounded(digits))


def unstorable_paths(document: Any) -> Iterator[str]:
    """The paths of texts with NUL or a lone surrogate; for a key, its object's. "" is the document itself.

    No recursion: the nesting is the sender's.
    """
    rest = [("", document)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, str):
            if NUL_OR_SURROGATE.search(value):
                yield path
        elif isinstance(value, list):
            rest.extend((f"{path}[{index}]", each) for index, each in enumerate(value))
        elif isinstance(value, dict):
            if any(NUL_OR_SURROGATE.search(key) for key in value):
                yield path
            else:
                rest.extend((f"{path}.{key}" if path else key, each) for key, each in value.items())


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("A field came twice.")
    return fields


def _refuse_constant(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON.")


def _bounded(digits: str) -> str:
    if len(digits) > NUMBER_MAX_CHARACTERS:
        raise ValueError("A number is too long.")
    return digits

"""JSON without guessing: UTF-8 only, no NaN, no field twice, numbers exact, every text storable."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from merchant_api.errors import UNREADABLE, Problem, invalid
from merchant_api.wire import FieldError

LONGEST_NUMBER: Final = 400
"""Characters. No field takes a number as long as that; `int` itself gives up at 4,300."""

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: legal in JSON's escapes, in no PostgreSQL text."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("A field came twice.")
    return fields


def _finite(_: str) -> None:
    raise ValueError("NaN and Infinity are not JSON.")


def _bounded(digits: str) -> str:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("A number is too long.")
    return digits


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_constant=_finite,
    parse_int=lambda digits: int(_bounded(digits)),
    parse_float=lambda digits: Decimal(_bounded(digits)),
)


def parse(body: bytes) -> Any:
    """The document; raises Problem: 400 where it cannot be read, 422 where a text of it cannot be kept."""
    try:
        document = _DECODER.decode(body.decode())
    except json.JSONDecodeError as error:
        raise Problem(
            UNREADABLE, f"{error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}."
        ) from None
    except UnicodeDecodeError:
        raise Problem(UNREADABLE, "The body is not UTF-8.") from None
    except RecursionError:
        raise Problem(UNREADABLE, "The body is nested too deeply.") from None
    except ArithmeticError:
        raise Problem(UNREADABLE, "A number is too large.") from None
    except ValueError as error:
        raise Problem(UNREADABLE, str(error)) from None
    field_errors = [
        FieldError(field=path or "body", message="holds NUL or half a character") for path in _unclean(document)
    ]
    if field_errors:
        raise invalid(*field_errors)
    return document


def _unclean(document: Any) -> Iterator[str]:
    """The paths of texts that cannot be stored; for a key, its object's. No recursion: the nesting is the sender's."""
    rest = [("", document)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, str):
            if UNSTORABLE.search(value):
                yield path
        elif isinstance(value, list):
            rest.extend((f"{path}[{index}]", each) for index, each in enumerate(value))
        elif isinstance(value, dict):
            if any(UNSTORABLE.search(key) for key in value):
                yield path
            else:
                rest.extend((f"{path}.{key}" if path else key, each) for key, each in value.items())

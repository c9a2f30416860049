"""JSON without guessing: a document comes out as it was sent, and what is none is refused with a reason."""

import json
import math
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inbound.strict_json import (
    NUMBER_MAX_CHARACTERS,
    JsonError,
    StrictJson,
    exact_fraction,
    exact_whole,
    unstorable_paths,
    whole_or_infinite,
)

EXACT = StrictJson(whole=exact_whole, fraction=exact_fraction)
FLOATS = StrictJson(whole=whole_or_infinite, fraction=float)

STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
ANY_TEXT = st.text(max_size=8) | st.sampled_from(["\0", "\ud800", "a\udfffb"])


def documents(texts):
    leaves = st.none() | st.booleans() | st.integers() | texts
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@given(documents(STORABLE), st.booleans())
def test_a_document_comes_out_as_it_was_sent(document, ascii_only):
    body = json.dumps(document, ensure_ascii=ascii_only).encode()
    assert EXACT.parse(body) == FLOATS.parse(body) == document
    assert list(unstorable_paths(document)) == []


@example(b"1E100")
@example(b"0.1")
@given(st.binary(max_size=64) | st.text(max_size=64).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(body):
    with suppress(JsonError):
        assert EXACT.parse(body) == json.loads(body, parse_float=Decimal)
    with suppress(JsonError):
        assert FLOATS.parse(body) == json.loads(body)


@given(documents(ANY_TEXT))
def test_a_text_that_cannot_be_stored_is_found_at_any_depth(document):
    storable = all(is_storable(text) for text in texts_of(document))
    assert (list(unstorable_paths(document)) == []) == storable


def texts_of(document):
    if isinstance(document, str):
        yield document
    for each in document if isinstance(document, list) else ():
        yield from texts_of(each)
    for key, each in document.items() if isinstance(document, dict) else ():
        yield from [key, *texts_of(each)]


def is_storable(text):
    """As PostgreSQL sees it: UTF-8 without NUL."""
    return b"\0" not in text.encode("utf-8", "ignore") and text.encode("utf-8", "ignore").decode() == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_a_fraction_is_exact(number):
    assert EXACT.parse(f"{number:f}".encode()) == number


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value at line 1, column 1."),
        (b"{}\n{}", "Extra data at line 2, column 1."),
        (b"NaN", "NaN and Infinity are not JSON."),
        (b"[-Infinity]", "NaN and Infinity are not JSON."),
        (b'{"a":1,"b":{"a":1,"a":1}}', "A field came twice."),
        (b'"\xff"', "The body is not UTF-8."),
        (b"\xef\xbb\xbf1", "Expecting value at line 1, column 1."),
        (b"[" * 60_000, "The body is nested too deeply."),
        (b'{"a":' * 12_000, "The body is nested too deeply."),
    ],
    ids=str,
)
def test_what_is_not_json_says_why(body, reason):
    for decoder in (EXACT, FLOATS):
        with pytest.raises(JsonError) as error:
            decoder.parse(body)
        assert str(error.value) == reason


LONGEST = "9" * NUMBER_MAX_CHARACTERS


def test_a_number_may_be_as_long_as_the_bound():
    assert EXACT.parse(LONGEST.encode()) == FLOATS.parse(LONGEST.encode()) == int(LONGEST)


@pytest.mark.parametrize("digits", [LONGEST + "9", "9" * 5_000, "-" + LONGEST], ids=len)
def test_a_number_that_is_longer_is_refused_or_infinite(digits):
    with pytest.raises(JsonError, match="A number is too long"):
        EXACT.parse(digits.encode())
    assert FLOATS.parse(b'{"amount":%b,"id":1}' % digits.encode()) == {"amount": math.inf, "id": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"1." + b"9" * 5_000, "A number is too long."), (b"1e" + b"9" * 20, "A number is too large.")],
)
def test_a_fraction_has_a_bound_where_it_is_exact(body, reason):
    with pytest.raises(JsonError, match=reason):
        EXACT.parse(body)
    assert isinstance(FLOATS.parse(body), float)


def test_a_double_keeps_what_a_decimal_keeps_exactly():
    assert (FLOATS.parse(b"0.1"), EXACT.parse(b"0.1")) == (0.1, Decimal("0.1"))


def test_the_path_of_a_text_that_cannot_be_stored():
    document = {"a": ["", {"b": "\0"}], "c": {"\ud800": "\0"}, "d": "d"}
    assert sorted(unstorable_paths(document)) == ["a[1].b", "c"]
    assert list(unstorable_paths("\0")) == [""]
    assert list(unstorable_paths({"\0": 1})) == [""]

"""What is kept of a request and of an answer: text, and not too much of it."""

from hypothesis import given
from hypothesis import strategies as st

from inbound.exchange import TEXT_MAX_LENGTH, exchange_text


@given(st.binary(max_size=100))
def test_bytes_of_any_kind_become_text(content):
    assert exchange_text(content) == content.decode(errors="replace")


@given(st.text(max_size=100))
def test_text_stays_as_it_is(content):
    assert exchange_text(content) == content


def test_what_is_long_is_cut():
    assert exchange_text("ж" * 50_000) == "ж" * TEXT_MAX_LENGTH
    assert exchange_text(b"a" * 50_000) == "a" * TEXT_MAX_LENGTH
    assert exchange_text(("a" + "ж" * 50_000).encode()) == "a" + "ж" * (TEXT_MAX_LENGTH // 2 - 1) + "\ufffd"

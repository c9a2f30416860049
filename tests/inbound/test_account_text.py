"""Which text may be an account: the rule of three interfaces and of the shop that opens the order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbound.account_text import ACCOUNT_MAX_CHARACTERS, is_account_text

REFUSED = ("Cc", "Cs")
"""Unicode's categories of control characters and of surrogates."""

FITTING = st.text(st.characters(exclude_categories=REFUSED), min_size=1, max_size=ACCOUNT_MAX_CHARACTERS)


@given(FITTING)
def test_any_script_will_do(text):
    assert is_account_text(text)


@given(FITTING, st.characters(categories=REFUSED), st.integers(0, ACCOUNT_MAX_CHARACTERS))
def test_a_control_character_or_a_surrogate_anywhere_will_not(text, character, place):
    assert not is_account_text(text[:place] + character + text[place:])


def test_the_rule_is_unicodes_own_for_every_character():
    for code in range(0x110000):
        assert is_account_text(chr(code)) == (unicodedata.category(chr(code)) not in REFUSED)


@pytest.mark.parametrize("character", ["1", "ж", "😀"])
def test_the_length_is_counted_in_characters(character):
    assert is_account_text(character * ACCOUNT_MAX_CHARACTERS)
    assert not is_account_text(character * (ACCOUNT_MAX_CHARACTERS + 1))
    assert not is_account_text("")

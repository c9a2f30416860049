"""Masking hides card numbers that stand where they don't belong, such as in an order's number.

No provider ever sends one. But a payer may type one where an order's number belongs, in whatever way people write it.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Final

from gateway.observability.card_numbers import CARD_DIGITS_MIN, hidden_digits, may_hold_a_card
from gateway.observability.written_digits import BREAK, DROPPED, read_digits, shape_of

MASK: Final = "********"
"""In place of the middle of a number, however long it is."""
_NO_NUMBER: Final = "=" * len(MASK)

PASSES_MAX: Final = 4
"""Few texts need a third; each may take milliseconds where it is made for that."""

NAME_MAX_LENGTH: Final = 64
NAMES_MAX: Final = 1024
"""Accounts, ids: of each we write several times, in a few calls one after another."""

_SIGNS: Final = tuple(bytes([n]).decode("cp1251", "replace") for n in range(256))
_SHAPES: Final = tuple(map(shape_of, _SIGNS))
_SHAPE: Final = "".join("0" if shape.isdecimal() else BREAK for shape in _SHAPES).encode()
_DIGITS: Final = "".join(shape if shape.isdecimal() else BREAK for shape in _SHAPES).encode()
_DROPPED: Final = bytes(n for n, shape in enumerate(_SHAPES) if shape == DROPPED)
_ENOUGH: Final = b"0" * CARD_DIGITS_MIN


def without_cards(text: str) -> str:
    """Mask each card number but for its first and last four digits, by which the payer can be asked for it."""
    if len(text) < CARD_DIGITS_MIN or text.isalpha():
        return text
    return _masked(text) if len(text) > NAME_MAX_LENGTH else _masked_name(text)


def _masked(text: str) -> str:
    """Mask until nothing is found: where one number ends by its mask, another one may begin."""
    if is_free_of_cards(text):
        return text
    for _ in range(PASSES_MAX):
        masked = _masked_once(text)
        if masked == text:
            break
        text = masked
    return text


def _masked_once(text: str) -> str:
    unmasked = text.replace(MASK, _NO_NUMBER)  # between what masks have left of two numbers stands no third
    if is_free_of_cards(unmasked):
        return text
    written = read_digits(unmasked)
    hidden = hidden_digits(written.shape)
    if not hidden and "%" in unmasked:  # which may be no escape: it stands before the number on a card's magnetic strip
        written = read_digits(unmasked, decodings=0)
        hidden = hidden_digits(written.shape)
    if not hidden:
        return text
    spans = [(written.ends[before], written.starts[after]) for before, after in hidden]
    ends = [0, *(position for span in spans for position in span), len(text)]
    return MASK.join(text[begin:end] for begin, end in list(pairwise(ends))[::2])


_masked_name: Final = lru_cache(maxsize=NAMES_MAX)(_masked)


def is_free_of_cards(text: str) -> bool:
    """Return whether it is certain that none is there: of most texts, in a microsecond or two.

    What can be escaped is not looked at here, but for what each call of Click's has escaped.
    """
    if "%" in text:
        text = text.replace("%3A", ":").replace("%20", " ")
        if "%" in text:
            return False
    if "\\" in text:
        return False
    try:
        raw = text.encode("ascii" if text.isascii() else "cp1251")  # which has Russian letters, each in a byte
    except UnicodeEncodeError:
        return False
    shape = raw.translate(_SHAPE, _DROPPED)
    return _ENOUGH not in shape or not may_hold_a_card(raw.translate(_DIGITS, _DROPPED), shape)

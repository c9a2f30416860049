"""Masking replaces card numbers that stand where they don't belong, such as in an order's number.

No provider ever sends one. But a payer may type one where an order's number belongs.
"""

import re
from typing import Final

_SEPARATOR: Final = r"(?:[ +-]|%20)?"
_FIRST_FOUR: Final = r"[2-689](?<![0-9A-Za-z.].)(?:(?<!8)|(?=600))\d{3}"
"""Of a number that does not begin within a word. The digit stands before what is asked about it, so that the search
can jump from one to the next."""

_CARD: Final = re.compile(rf"({_FIRST_FOUR}){_SEPARATOR}\d{{4}}{_SEPARATOR}\d{{4}}{_SEPARATOR}(\d{{4}})(?![0-9A-Za-z])")
"""Sixteen digits, together or in fours, as Uzcard, Humo, Visa, Mastercard and Mir have them."""

CARD_DIGITS: Final = 16

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def without_cards(text: str) -> str:
    """Mask each card number but for its first and last four digits, by which the payer can be asked for it."""
    # Most texts are short, or words, and a number within a word is none.
    if len(text) < CARD_DIGITS or (text.isascii() and text.isalnum() and not text.isdigit()):
        return text
    return _CARD.sub(_masked, text)


def is_card(digits: str) -> bool:
    """Whether the last of sixteen digits checks the others (Luhn)."""
    return sum(_DOUBLED[int(d)] if n % 2 == 0 else int(d) for n, d in enumerate(digits)) % 10 == 0


def _masked(number: re.Match[str]) -> str:
    digits = re.sub(r"%20|\D", "", number[0])
    return f"{number[1]}********{number[2]}" if is_card(digits) else number[0]

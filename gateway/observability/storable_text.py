"""What a caller has sent is kept without card numbers, and without what PostgreSQL cannot hold."""

from collections.abc import Sequence
from typing import Final

from gateway.observability.masking import is_free_of_cards, without_cards

BETWEEN: Final = "="
"""Ends a number, and what is escaped."""


def storable(text: str) -> str:
    """Mask card numbers, and replace NUL, and halves of surrogate pairs."""
    text = without_cards(text).replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def all_storable(texts: Sequence[str]) -> Sequence[str]:
    """Make each of them storable. Most are as they came, which is seen sooner of all together than of one by one."""
    together = BETWEEN.join(texts)
    if together.isascii() and "\0" not in together and is_free_of_cards(together):
        return texts
    return [storable(text) for text in texts]

"""Makes text of a gateway fit for a terminal and for XML: no control characters, nothing that turns the line around."""

import re
from typing import Final

_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
TEXT_MAX_CHARACTERS: Final = 4_000


def safe_text(text: str, max_characters: int = TEXT_MAX_CHARACTERS) -> str:
    """Put � in the place of what does not fit, and cut what is endless."""
    cut = text if len(text) <= max_characters else f"{text[:max_characters]}… ({len(text)} characters)"
    return _UNFIT.sub("�", cut)

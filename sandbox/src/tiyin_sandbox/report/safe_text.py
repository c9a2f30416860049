"""Text of strangers, fit for a terminal and for XML: no control characters, nothing that turns the line around."""

import re
from typing import Final

_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
LONGEST: Final = 4_000


def clean(text: str, longest: int = LONGEST) -> str:
    """With what does not fit shown as �, and cut where it is endless."""
    cut = text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
    return _UNFIT.sub("�", cut)

"""Says which text may be an account: what the payer's order is known by, at every interface."""

import re
from typing import Final

ACCOUNT_MAX_CHARACTERS: Final = 255

_ACCOUNT: Final = re.compile(rf"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{ACCOUNT_MAX_CHARACTERS}}}")


def is_account_text(text: str) -> bool:
    """1–255 characters of any script, without control characters and lone surrogates."""
    return _ACCOUNT.fullmatch(text) is not None

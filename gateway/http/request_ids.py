"""Request ids name one call in all that is written of it: its answer, the journal, the log, the transitions."""

import random
import re
from typing import Final

from multidict import CIMultiDictProxy

from gateway.observability.masking import without_cards

HEADER: Final = "X-Request-ID"

ACCEPTABLE: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(headers: CIMultiDictProxy[str]) -> str:
    """Return the caller's own id, or make one. What looks like a card's number is masked here and nowhere else, so that
    it is the same id wherever it is written."""
    given = headers.get(HEADER)
    if given is not None and ACCEPTABLE.fullmatch(given):
        return without_cards(given)
    return f"{random.getrandbits(128):032x}"

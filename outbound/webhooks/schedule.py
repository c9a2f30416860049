"""The schedule says when a delivery that has failed is tried again, and for how long a failing endpoint is left alone.

Pure: chance and the moment are arguments.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

WAITS_SECONDS: Final = (
    *(5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""After the first failure, the second, …: 75.7 hours together, so that a weekend's outage is outlived."""

TRIES_MAX: Final = len(WAITS_SECONDS) + 1

SPREAD: Final = 0.2
"""By which part a wait may be longer or shorter: those who failed together don't come back together."""

RETRY_AFTER_MAX_SECONDS: Final = HOUR
"""A receiver may put itself off for so long; what asks for more is asked again after it."""


def wait_seconds(tries: int, chance: float, retry_after: float | None = None) -> float | None:
    """The wait after this many counted failures of a delivery (1, 2, …); None: all its tries are used up.

    `chance` is anything from 0 to 1.
    """
    if tries >= TRIES_MAX:
        return None
    wait = WAITS_SECONDS[max(tries, 1) - 1] * (1 - SPREAD + 2 * SPREAD * chance)
    return wait if retry_after is None else max(wait, min(retry_after, RETRY_AFTER_MAX_SECONDS))


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a header Retry-After asks for, as a number or as a date: at most an hour.

    None if there is none, if it is past, negative or cannot be read.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        significant = text.lstrip("0") or "0"
        too_long = len(significant) > len(str(RETRY_AFTER_MAX_SECONDS))
        return RETRY_AFTER_MAX_SECONDS if too_long else min(int(significant), RETRY_AFTER_MAX_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(seconds, RETRY_AFTER_MAX_SECONDS) if seconds >= 0 else None

"""Clock trust is what may be decided by our clock, by how far it stands from the database's."""

from datetime import timedelta
from enum import IntEnum
from typing import Final

from core.domain.clock_skew import AHEAD_MAX

DATABASE_SKEW_MAX: Final = timedelta(seconds=30)
"""Either way. Both are machines of ours; clocks that are set by the network are right to the second."""


class ClockTrust(IntEnum):
    NOTHING = 0
    """Nothing is opened either: opened by such a clock, it would be over as soon as the clock is right."""
    OPENINGS = 1
    """Payments and orders are opened, and nothing is ended."""
    EVERYTHING = 2


def clock_trust(skew: timedelta, doubt: timedelta) -> ClockTrust:
    """`skew`: how far our clock is ahead of the database's. `doubt`: by how much that may be wrong, either way."""
    proven = abs(skew) - doubt
    if proven <= DATABASE_SKEW_MAX:
        return ClockTrust.EVERYTHING
    return ClockTrust.OPENINGS if proven <= AHEAD_MAX else ClockTrust.NOTHING

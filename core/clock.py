"""The clock gives a batch its one moment; no other module asks for the time."""

from collections.abc import Callable
from datetime import UTC, datetime

from schema.values import cut_to_ms

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, in UTC, cut to milliseconds."""
    return cut_to_ms(datetime.now(UTC))

"""Time comes in here, once a batch; nobody else asks for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from schema.values import cut_to_ms

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, in UTC, cut to milliseconds."""
    return cut_to_ms(datetime.now(UTC))

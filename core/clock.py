"""The clock gives a batch its one moment; no other module asks for the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from schema.values import cut_to_ms

Clock = Callable[[], datetime]

Uptime = Callable[[], float]
"""Seconds since some moment of the past, by a clock that nobody sets."""

UPTIME_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Where there is one, it goes on while the machine sleeps."""


def wall_clock() -> datetime:
    """Now, in UTC, cut to milliseconds."""
    return cut_to_ms(datetime.now(UTC))


def machine_uptime() -> float:
    return time.clock_gettime(UPTIME_CLOCK)


def uptime_beside(clock: Clock) -> Uptime:
    """Return the uptime that goes with a clock: the machine's; a clock of the caller's own cannot jump."""
    return machine_uptime if clock is wall_clock else lambda: clock().timestamp()

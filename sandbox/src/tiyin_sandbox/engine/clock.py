"""The clock is the one place of the sandbox that asks for the time."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def now_ms() -> int:
    """Milliseconds since 1970, as Payme says the time."""
    return time.time_ns() // 1_000_000


def elapsed() -> float:
    """Seconds since some fixed moment: for differences only."""
    return time.perf_counter()

"""A byte budget bounds what may be written in any 24 hours.

It fills steadily. Used up, it says so and gives nothing for a while.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

DAY_SECONDS: Final = 86_400

CAPACITY_PARTS: Final = 8
"""It holds an eighth of the day's bytes at most, and the rest comes in over the day: both together are the budget of
any 24 hours, and a burst in the morning leaves seven eighths of the day."""

COOLDOWN_PARTS: Final = 64
"""Used up, it gives nothing until it is filled to a 64th of what it holds: some minutes, instead of a line for each."""

START_PARTS: Final = 4096
"""A process begins with so small a part of the day's bytes: one that is restarted all the time has no new budget."""

FEW_BYTES: Final = 4096
"""At the beginning and after a cooldown, if the budget holds so much: a few records at least."""


class ByteBudget:
    """Gives bytes until they are used up; then says so once, and gives none for a while."""

    def __init__(
        self,
        bytes_a_day: float,
        notice_bytes: int = 0,
        notice: Callable[[int], object] = lambda seconds: None,
        now: Callable[[], float] = monotonic,
        *,
        begins_full: bool = False,
    ) -> None:
        """`notice` is called with the seconds of the cooldown; what it writes takes `notice_bytes`, which are
        held back for it."""
        self._capacity = bytes_a_day / CAPACITY_PARTS
        self._a_second = (bytes_a_day - self._capacity) / DAY_SECONDS
        start = self._capacity if begins_full else max(bytes_a_day / START_PARTS, FEW_BYTES)
        self._left = min(self._capacity, start)
        self._notice_bytes, self._notice = notice_bytes, notice
        self._now, self._filled_at = now, now()
        self._cooldown_ends_at = self._filled_at

    def take(self, size: int) -> bool:
        """Take so many bytes; False where they aren't left."""
        now = self._now()
        self._left = min(self._capacity, self._left + (now - self._filled_at) * self._a_second)
        self._filled_at = now
        if now < self._cooldown_ends_at or not self._capacity:
            return False
        if self._left >= size + self._notice_bytes:
            self._left -= size
            return True
        self._cool_down(now)
        return False

    def _cool_down(self, now: float) -> None:
        enough = min(self._capacity, max(self._capacity / COOLDOWN_PARTS, FEW_BYTES))
        can_say = self._left >= self._notice_bytes
        if can_say:
            self._left -= self._notice_bytes
        seconds = ceil(max(0.0, enough - self._left) / self._a_second)
        self._cooldown_ends_at = now + seconds
        if can_say:
            self._notice(seconds)
